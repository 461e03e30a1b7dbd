#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The systems as tests/README.md shows them. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from places import PLACES, SHOP, cells  # noqa: E402


def section():
    rows = [["", "C library", "Python", "the demo", "starts and ends"], ["---"] * 5]
    for name, place in PLACES.items():
        count = len(cells(name))
        rows.append([*place, f"{SHOP[0]} % → {SHOP[1]} %", f"{count}/{count}" if count else "-"])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("distributions", section())
