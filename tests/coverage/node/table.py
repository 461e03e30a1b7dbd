#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of Node as tests/README.md shows it. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from node_runner import ENDS, OWN_ENDS  # noqa: E402
from states import STATES  # noqa: E402

# SIGUSR1 starts Node's debugger. The others are words that a server in C knows.
KILLS = ["kill()", "terminate()", "SIGINT", "SIGHUP", "SIGABRT", "killpg()", "pidfd", "tgkill()", "sigqueue()",
         "stopped, kill()", "`kill -9`"]
BY_NODE = ("reallyExit", "exit in exit", "kill self", "kill -9 self", "kill -6 self", "throw")
KEPT_ENDS = ("abort",)
# Bare, Node writes of the main thread alone.
WITHOUT_WORKERS = [("worker threads", end) for end in ("kill self", "kill -9 self", "kill -6 self")]
SAID = {"reallyExit": "`process.reallyExit()`",
        "exit in exit": "`process.exit()` in an exit handler",
        "kill self": "`process.kill(process.pid)`", "kill -9 self": "the same, SIGKILL", "kill -6 self": "the same, SIGABRT",
        "throw": "an uncaught exception",
        "abort": "`process.abort()`"}
assert set(KILLS) < set(ENDS) and set(SAID) == set(OWN_ENDS) == {*BY_NODE, *KEPT_ENDS}


def title(end):
    return SAID.get(end, end if end.startswith(("`", "SIG")) else f"`{end}`")


def cell(state, end):
    return "kept" if end in KEPT_ENDS or (state, end) in WITHOUT_WORKERS else "Node"


def section():
    """The table in Markdown: for each state (row), whether its counts are kept at each end (column)."""
    ends = [*KILLS, *OWN_ENDS]
    rows = [["", *map(title, ends)], ["---"] * (len(ends) + 1)]
    for name, state in STATES.items():
        own = ["-"] * len(OWN_ENDS)
        if not state.is_deaf:
            own = [cell(name, end) for end in OWN_ENDS]
        rows.append([name, *(["lost" if state.lost else "kept"] * len(KILLS)), *own])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("node", section())
