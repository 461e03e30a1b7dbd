#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of scripting languages as tests/README.md shows it. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "runtimes"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from languages import KEPT_BARE, LANGUAGES, OWN_ENDS, SHOWN  # noqa: E402
from runner import ENDS  # noqa: E402

KILLS = [
    end
    for end in ENDS
    if end not in ("exit", "_exit", "_Exit", "quick_exit", "abort", "raise", "kill self", "exec")
]
SAID = {
    "_exit": "`exit!`, `POSIX::_exit()`", "kill self": "`kill $$`", "exec": "`exec`",
    "SIGINT": "SIGINT", "SIGHUP": "SIGHUP", "SIGUSR1": "SIGUSR1", "SIGABRT": "SIGABRT", "`kill -9`": "`kill -9`",
}


def cell(language, end):
    if end in OWN_ENDS and end not in LANGUAGES[language].ends:
        return "-"
    if end in LANGUAGES[language].lost:
        return "lost"
    return "kept, bare too" if end in KEPT_BARE[language] else "kept"


def section():
    """The table in Markdown: for each language (row), whether its counts are kept at each end (column)."""
    ends = [*KILLS, *OWN_ENDS]
    rows = [["", *(SAID.get(end, f"`{end}`") for end in ends)], ["---"] * (len(ends) + 1)]
    rows += [[language, *(cell(language, end) for end in ends)] for language in SHOWN]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("scripting", section())
