# SPDX-License-Identifier: MIT
"""The tables: each subject as a ratio to the reference, by the median of the rounds and its quartiles."""

from .measure import Spread, ratios


def rows(measure, samples):
    """For each subject and point: label, ratios, median, and what is said of its targets."""
    for (label, point), values in samples.items():
        [subject] = [subject for subject in measure.subjects if subject.label == label]
        spread = Spread.of(ratios(values, samples[measure.reference, point]))
        said = [
            f"{target.text(measure.unit)} {'ok' if target.is_met(values, samples[target.to or measure.reference, point]) else 'over'}"
            for target in subject.targets
        ]
        shown = label if point is None else f"{label}, {point:g}"
        yield shown, spread, Spread.of(values).middle, ", ".join(said)


def text(measure, samples):
    [rounds] = {len(values) for values in samples.values()}
    title = f"{measure.title} (to {measure.reference})"
    lines = [f"{title:<60} {'ratio':>8} {'25 %':>8} {'75 %':>8} {'median':>12}   {rounds} rounds"]
    for label, spread, middle, said in rows(measure, samples):
        figures = f"{spread.middle:8.3f} {spread.low:8.3f} {spread.high:8.3f} {measure.unit.text(middle):>12}"
        lines.append(f"{'  ' + label:<60} {figures}   {said}".rstrip())
    return "\n".join(lines) + "\n"
