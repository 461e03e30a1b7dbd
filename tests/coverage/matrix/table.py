#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix as tests/README.md shows it. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from axes import ENDS, IMPOSSIBLE, LOST, STACKS, STARTS, Cell  # noqa: E402


def table(lost):
    """The table in Markdown: on how many of the stacks each start (row) with each end (column) keeps its coverage."""
    rows = [["", *(end.title for end in ENDS.values())], ["---"] * (len(ENDS) + 1)]
    rows += [[STARTS[start].title, *(kept(start, end, lost) for end in ENDS)] for start in STARTS]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def kept(start, end, lost):
    if (start, end) in IMPOSSIBLE:
        return "-"
    return f"{sum(Cell(stack, start, end) not in lost for stack in STACKS)}/{len(STACKS)}"


def notes(lost):
    for (start, end), why in IMPOSSIBLE.items():
        yield f"- {STARTS[start].title}, {ENDS[end].title}: cannot be, {why}.\n"
    for (stack, start, end), why in lost.items():
        yield f"- {STARTS[start].title}, {ENDS[end].title}, {stack}: lost, {why}.\n"


def section(lost):
    """The table and its notes in Markdown. `lost` has the reasons: Cell -> text."""
    return f"{table(lost)}\n{''.join(notes(lost))}"


if __name__ == "__main__":
    readme.write("matrix", section(LOST))
