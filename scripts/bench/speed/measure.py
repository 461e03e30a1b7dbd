# SPDX-License-Identifier: MIT
"""What is measured: subjects side by side, each sampled once a round, and compared with the same round of another."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """At most so many times the reference (the subject's, unless `to` names another)."""

    limit: float
    to: str = ""

    def text(self, _unit):
        return f"≤ {self.limit:g} ×" + (f" {self.to}" if self.to else "")

    def is_met(self, values, reference):
        return statistics.median(ratios(values, reference)) <= self.limit


@dataclass(frozen=True)
class Excess:
    """At most so much more than the reference, in the measure's unit."""

    limit: float
    to: str = ""

    def text(self, unit):
        return f"≤ +{unit.text(self.limit)}" + (f" on {self.to}" if self.to else "")

    def is_met(self, values, reference):
        return statistics.median(value - other for value, other in zip(values, reference)) <= self.limit


@dataclass(frozen=True)
class Most:
    """At most so much, in the measure's unit, whatever the reference takes."""

    limit: float
    to: str = ""

    def text(self, unit):
        return f"≤ {unit.text(self.limit)}"

    def is_met(self, values, _reference):
        return statistics.median(values) <= self.limit


Target = Ratio | Excess | Most


@dataclass(frozen=True)
class Unit:
    name: str
    scale: float  # what is measured, of one that is shown

    def text(self, value):
        shown = value / self.scale
        digits = 0 if abs(shown) >= 1000 else 1 if abs(shown) >= 100 else 2 if abs(shown) >= 10 else 3
        return f"{shown:.{digits}f} {self.name}"


MICROSECONDS = Unit("µs", 1e3)  # samples are in nanoseconds
MILLISECONDS = Unit("ms", 1e6)
SECONDS = Unit("s", 1e9)
KIBIBYTES = Unit("KiB", 1)
MEBIBYTES = Unit("MiB", 1024)  # samples are in KiB
PERCENT = Unit("%", 1)


@dataclass(frozen=True)
class Subject:
    label: str
    sample: Callable[[], float]  # measures once; with a measure that has points, takes one of these
    targets: Sequence[Target] = ()


@dataclass(frozen=True)
class Measure:
    """A table with a row for each subject; with `points`, a curve for each subject over these."""

    name: str
    title: str
    subjects: Sequence[Subject]
    reference: str  # the label of that to which the ratios are
    unit: Unit = MICROSECONDS
    rounds: int = 40
    weight: float = 1  # its part of the time that `--quick` has
    points: Sequence[float] = ()
    axis: str = ""  # what the points are
    # scripts/bench/README.md shows its plot, in which there is no room for what is many times the reference.
    plotted: bool = False

    def __post_init__(self):
        labels = [subject.label for subject in self.subjects]
        assert self.reference in labels and len(set(labels)) == len(labels), self.name


def ratios(values, reference):
    return [value / other for value, other in zip(values, reference)]


@dataclass(frozen=True)
class Spread:
    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values):
        return cls(*statistics.quantiles(values, n=4, method="inclusive")) if len(values) > 1 else cls(*values * 3)
