#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rows as shim/README.md shows them. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from rows import ROWS  # noqa: E402


def section(rows):
    """The table in Markdown: a line for each kind of program, in the order of the rows."""
    lines = dict.fromkeys((row.title, row.claim.value) for row in rows)
    return "".join(f"| {title} | {claim} |\n" for title, claim in [("", ""), ("---", "---"), *lines])


if __name__ == "__main__":
    readme.write("programs", section(ROWS))
