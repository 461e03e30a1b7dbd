# SPDX-License-Identifier: MIT
"""What a row is: a function that tries one thing with one wrapper and says in a word what it saw."""

from collections.abc import Callable
from dataclasses import dataclass

NOT_APPLICABLE = "-"


@dataclass(frozen=True)
class Settings:
    rounds: int = 200  # of the races
    patience: float = 2  # in seconds: what has not come by then does not come


@dataclass(frozen=True)
class Probe:
    title: str
    run: Callable
    needs_process: bool

    def applies_to(self, wrapper):
        return wrapper.is_process or not self.needs_process


PROBES: list[Probe] = []


def probe(title, needs_process=True):
    """Adds a row. `needs_process`: means nothing for a wrapper that has become its command."""

    def add(run):
        PROBES.append(Probe(title, run, needs_process))
        return run

    return add


def yes(is_so):
    return "yes" if is_so else "no"
