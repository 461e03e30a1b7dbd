# SPDX-License-Identifier: MIT
"""A measure as an SVG picture, readable on light and on dark backgrounds: bars of ratios, or curves over the points."""

import math
from html import escape

from .measure import Spread, ratios

_WIDTH = 760
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 15px }
.faint { fill: #777 } .line { stroke: #9996; stroke-width: 1 }
.whisker { stroke: #333; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .faint { fill: #999 } .whisker { stroke: #ddd } }
"""
_OWN = "#2f81f7"
_OTHER = "#8b949e"
_COLOURS = [_OTHER, _OWN, "#e3883d", "#3fb950", "#bc8cff", "#f85149"]


def svg(measure, samples):
    return _curves(measure, samples) if measure.points else _bars(measure, samples)


def _is_own(label):
    return any(name in label.lower() for name in ("covenv", "sigforward"))


def _document(height, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>"]) + "\n"


def _text(x, y, text, css="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1, y1, x2, y2, css="line"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def _bars(measure, samples):
    """Ratios from 0 on, with their quartiles. A logarithmic scale would hide what is being shown."""
    spreads = {label: Spread.of(ratios(values, samples[measure.reference, None])) for (label, _), values in samples.items()}
    middles = {label: Spread.of(values).middle for (label, _), values in samples.items()}
    left, right, top, row = 230, 150, 40, 26
    widest = max(spread.high for spread in spreads.values())
    # What is many times the reference is cut off, and says so by its figure.
    end = min(widest, 4) * 1.02
    scale = (_WIDTH - left - right) / end
    height = top + row * len(spreads) + 12
    parts = [_text(8, 20, f"{measure.title}, as a ratio to {measure.reference}", "title")]
    for number, (label, spread) in enumerate(spreads.items()):
        y = top + row * number
        parts.append(_text(left - 8, y + 16, label, anchor="end"))
        length = min(spread.middle, end) * scale
        colour = _OWN if _is_own(label) else _OTHER
        parts.append(f'<rect x="{left}" y="{y + 4}" width="{length:.1f}" height="{row - 9}" rx="2" fill="{colour}"/>')
        if spread.high <= end:
            parts.append(_line(left + spread.low * scale, y + 12, left + spread.high * scale, y + 12, "whisker"))
        tip = max(length, min(spread.high, end) * scale)
        parts.append(_text(left + tip + 8, y + 16, f"{spread.middle:.2f}"))
        parts.append(_text(_WIDTH - 8, y + 16, measure.unit.text(middles[label]), "faint", "end"))
    x = left + scale
    parts.append(_line(x, top, x, height - 10))
    return _document(height, parts)


def _ticks(low, high):
    """Powers of ten from below `low` to above `high`."""
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def _short(value):
    return f"{value:,.0f}".replace(",", " ") if value >= 1 else f"{value:g}"


def _curves(measure, samples):
    """Medians over the points, both logarithmic: what is linear rises by one decade with each."""
    left, right, top, bottom, height = 70, 190, 40, 50, 340
    unit = measure.unit
    middles = {key: Spread.of(values).middle / unit.scale for key, values in samples.items()}
    ys = _ticks(min(middles.values()), max(middles.values()))
    low, high = math.log10(measure.points[0]), math.log10(measure.points[-1])

    def x_of(point):
        return left + (math.log10(point) - low) / (high - low) * (_WIDTH - left - right)

    def y_of(value):
        share = (math.log10(value) - math.log10(ys[0])) / (math.log10(ys[-1]) - math.log10(ys[0]))
        return height - bottom - share * (height - bottom - top)

    parts = [_text(8, 20, f"{measure.title}, in {unit.name}", "title")]
    for value in ys:
        parts += [_line(left, y_of(value), _WIDTH - right, y_of(value)), _text(left - 8, y_of(value) + 4, _short(value), "faint", "end")]
    for point in measure.points:
        parts.append(_text(x_of(point), height - bottom + 18, _short(point), "faint", "middle"))
    parts.append(_text((left + _WIDTH - right) / 2, height - 10, measure.axis, "", "middle"))
    labels = _apart([(y_of(middles[subject.label, measure.points[-1]]), subject.label) for subject in measure.subjects])
    for number, subject in enumerate(measure.subjects):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(x_of(point), y_of(middles[subject.label, point])) for point in measure.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(f'<text x="{_WIDTH - right + 10}" y="{labels[subject.label] + 4:.1f}" style="fill: {colour}">{escape(subject.label)}</text>')
    return _document(height, parts)


def _apart(labels, least=16):
    """Heights for labels that would lie over each other."""
    placed = {}
    for y, label in sorted(labels):
        lowest = max(placed.values(), default=-least)
        placed[label] = max(y, lowest + least)
    return placed
