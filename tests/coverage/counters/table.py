#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of compiled programs as tests/README.md shows it. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from runner import ENDS, OWN_ENDS, STARTS  # noqa: E402
from runtimes import RUNTIMES  # noqa: E402

SAID = {
    "killpg(), TERM": "`killpg()` by TERM", "sigforward": "SIGTERM to `sigforward`", "kill self": "`kill(getpid())`",
    "exec": "`exec*()`", "crash": "a crash",
}
# (start, end) -> why it cannot be
IMPOSSIBLE = {("sh -c '... &'", "SIGINT"): "a shell's background job ignores SIGINT"}


def is_possible(runtime, start, end):
    return end not in RUNTIMES[runtime].lacks and (start, end) not in IMPOSSIBLE


def cell(runtime, end):
    its = RUNTIMES[runtime]
    if end in its.lacks:
        return "-"
    return "lost" if end in its.lost else "kept"


def title(end):
    return SAID.get(end, f"`{end}()`" if end in OWN_ENDS else end if end.startswith(("`", "SIG")) else f"`{end}`")


def section():
    """The table in Markdown: for each program (row), whether its counts are kept at each end (column)."""
    rows = [["", *map(title, ENDS)], ["---"] * (len(ENDS) + 1)]
    rows += [[runtime, *(cell(runtime, end) for end in ENDS)] for runtime in RUNTIMES]
    notes = [f"- `{start}`, {title(end)}: cannot be, {why}." for (start, end), why in IMPOSSIBLE.items()]
    starts = ", ".join(start if " between" in start else f"`{start}`" for start in STARTS)
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return table + "\n" + "\n".join([f"- The starts: {starts}.", *notes]) + "\n"


if __name__ == "__main__":
    readme.write("counters", section())
