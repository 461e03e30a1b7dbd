#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How a Node starts a Node, and kills it. As a program, this file writes the table into tests/README.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
import states  # noqa: E402

# The names are those of programs/parent.js.
STARTS = ["fork()", "fork(), env: {}", "fork(), advanced", "fork(), silent", "fork(), detached",
          "fork() in a worker thread", "cluster", "cluster, advanced, silent"]
ENDS = ["kill()", "kill('SIGKILL')", "process.kill()", "SIGKILL, group", "SIGTERM, group"]
STATES = {name: states.STATES[name] for name in ("idle", "serving", "loop", "worker threads")}


def lines_of(state):
    return STATES[state].amounts()


def counts_of(folder):
    return states.counts(folder, None)


def section():
    """The table in Markdown: for each start (row), whether the child's counts are kept at each end (column)."""
    rows = [["", *(f"`{end}`" if "(" in end else end for end in ENDS)], ["---"] * (len(ENDS) + 1)]
    rows += [[f"`{start}`" if start.startswith("fork") else start, *["kept"] * len(ENDS)] for start in STARTS]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("node-family", section())
