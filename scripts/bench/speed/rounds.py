# SPDX-License-Identifier: MIT
"""Interleaved rounds: a machine that slows down slows down every subject."""

import sys
import time

FEWEST = 2


def sample(measure, seconds):
    """What each subject measured, by label and point (None where there are none). `seconds`: how long it may take where
    that is bounded; FEWEST rounds are there in any case."""
    points = list(measure.points) or [None]
    taken = {(subject.label, point): [] for subject in measure.subjects for point in points}
    start = time.monotonic()
    for number in range(measure.rounds):
        if number >= FEWEST and time.monotonic() - start > seconds:
            break
        _progress(f"{measure.name}: round {number + 1} of {measure.rounds}")
        for point in points:
            for subject in _turned(measure.subjects, number):
                value = subject.sample() if point is None else subject.sample(point)
                taken[subject.label, point].append(value)
    rounds = len(next(iter(taken.values())))
    _progress(f"{measure.name}: {rounds} rounds in {time.monotonic() - start:.0f} s", last=True)
    return taken


def _turned(subjects, number):
    """The subjects in an order of the round, so that none always comes first, or behind one that leaves caches cold."""
    start = number % len(subjects)
    step = -1 if number // len(subjects) % 2 else 1
    return [*subjects[start:], *subjects[:start]][::step]


def _progress(text, last=False):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
    elif last:
        print(text, file=sys.stderr, flush=True)
