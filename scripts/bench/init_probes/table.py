# SPDX-License-Identifier: MIT
"""All cells, in Markdown."""

import sys

from .cells import PROBES, cell


def measure(wrappers, settings, wanted=""):
    """The cells by the probe's title and the wrapper's."""
    probes = [probe for probe in PROBES if wanted in probe.title]
    rows = {}
    for number, probe in enumerate(probes, 1):
        print(f"{number}/{len(probes)} {probe.title}:", end="", file=sys.stderr)
        rows[probe.title] = {}
        for wrapper in wrappers:
            print(f" {wrapper.title},", end="", file=sys.stderr, flush=True)
            rows[probe.title][wrapper.title] = cell(probe, wrapper, settings)
        print(file=sys.stderr)
    return rows


def markdown(rows):
    titles = list(next(iter(rows.values())))
    lines = [["", *titles], ["---"] * (len(titles) + 1)]
    lines += [[title, *cells.values()] for title, cells in rows.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def parsed(text):
    """What markdown() was given."""
    head, _, *lines = ([part.strip() for part in line.strip().strip("|").split("|")] for line in text.splitlines())
    return {title: dict(zip(head[1:], cells)) for title, *cells in lines}
