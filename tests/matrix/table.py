#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix as the README shows it. Run by itself, it writes it there."""

from pathlib import Path

from axes import ENDS, IMPOSSIBLE, LOST, STACKS, STARTS, Cell

README = Path(__file__).resolve().parent.parent.parent / "README.md"
BEGIN, END = "<!-- matrix -->\n", "<!-- /matrix -->\n"


def table(lost):
    """In Markdown: on how many of the stacks each start with each end keeps its coverage."""
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
    """`lost`: why, by cell."""
    return f"{table(lost)}\n{''.join(notes(lost))}"


def split(readme):
    """What stands before the table, the table, and what stands behind it."""
    before, rest = readme.split(BEGIN)
    shown, behind = rest.split(END)
    return before, shown, behind


if __name__ == "__main__":
    before, _, behind = split(README.read_text())
    README.write_text(before + BEGIN + section(LOST) + END + behind)
