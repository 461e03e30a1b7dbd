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


def notes():
    lines = [f"`-`: cannot be, as {why}.\n" for why in IMPOSSIBLE.values()]
    lines += [f"Lost on {c.stack}: {STARTS[c.start].title} with {ENDS[c.end].title}, as {why}.\n" for c, why in LOST.items()]
    return "".join(f"- {line}" for line in lines)


def section(lost):
    return f"{table(lost)}\n{notes()}"


def split(readme):
    """What stands before the table, the table, and what stands behind it."""
    before, rest = readme.split(BEGIN)
    shown, behind = rest.split(END)
    return before, shown, behind


if __name__ == "__main__":
    before, _, behind = split(README.read_text())
    README.write_text(before + BEGIN + section(LOST) + END + behind)
