#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of compiled programs as tests/README.md shows it. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from runner import ENDS  # noqa: E402
from runtimes import C_ENDS, RUNTIMES  # noqa: E402

KILLS = [end for end in ENDS if end not in C_ENDS and end != "exit"]
SAID = {"raise": "`raise()`", "kill self": "`kill(getpid())`", "exec": "`exec*()`"}


def cell(runtime, end):
    its = RUNTIMES[runtime]
    if end in its.lost:
        return "lost"
    return "-" if end in its.lives_on or (end in C_ENDS and end not in its.ends) else "kept"


def title(end):
    return SAID.get(end, f"`{end}()`" if end in C_ENDS else end if end.startswith("`") or end.startswith("SIG") else f"`{end}`")


def section():
    """The table in Markdown: for each program (row), whether its counts are kept at each end (column)."""
    ends = [*KILLS, *C_ENDS]
    rows = [["", *map(title, ends)], ["---"] * (len(ends) + 1)]
    rows += [[runtime, *(cell(runtime, end) for end in ends)] for runtime in RUNTIMES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("counters", section())
