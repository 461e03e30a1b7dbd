# SPDX-License-Identifier: MIT
"""Durations side by side. The rounds are interleaved, and each is compared with the same round of one of the variants:
a machine that slows down slows down all of them."""

import statistics
import sys


def table(title, variants, rounds, base=None):
    """Prints it. `variants`: what measures once, in nanoseconds, by name; `base`: the name of the one, else the first."""
    times = {name: [] for name in variants}
    for number in range(rounds):
        if sys.stderr.isatty():
            print(f"\r{title}: {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
        for name, run in variants.items():
            times[name].append(run())
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    compared = times[base or next(iter(variants))]
    print(f"{title:<40} {'ratio':>7} {'25 %':>7} {'75 %':>7} {'median':>10}   {rounds} rounds")
    for name, values in times.items():
        low, middle, high = statistics.quantiles([value / one for value, one in zip(values, compared)], n=4)
        print(f"{name:<40} {middle:7.3f} {low:7.3f} {high:7.3f} {statistics.median(values) / 1e6:7.3f} ms")
    print()
