#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of JVMs as tests/README.md shows it. As a program, this file writes the table there."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "runtimes"), str(HERE.parents[1] / "support")]
import readme  # noqa: E402
from machines import MACHINES  # noqa: E402
from runner import ENDS  # noqa: E402

OWN = {"_exit": "`Runtime.halt()`", "raise": "throws", "exec": "returns"}
OTHERS = ("exit", "_Exit", "quick_exit", "abort", "kill self")
KILLS = [end for end in ENDS if end not in OWN and end not in OTHERS]


def cell(machine, end):
    its = MACHINES[machine]
    if end in its.lost:
        return "lost"
    return "JaCoCo" if end in its.by_itself or end in ("raise", "exec") else "kept"


def section():
    """The table in Markdown: for each machine (row), who keeps its data at each end (column)."""
    titles = [OWN.get(end, end if end.startswith(("`", "SIG")) else f"`{end}`") for end in [*KILLS, *OWN]]
    rows = [["", *titles], ["---"] * (len(titles) + 1)]
    rows += [[machine, *(cell(machine, end) for end in [*KILLS, *OWN])] for machine in MACHINES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("jvm", section())
