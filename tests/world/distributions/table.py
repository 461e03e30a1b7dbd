#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The systems as tests/README.md shows them. As a program, this file writes the table there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import readme  # noqa: E402
from places import PLACES, SHOP, cells  # noqa: E402


def section():
    rows = [["", "C library", "Python", "kept by", "the demo", "starts and ends"], ["---"] * 6]
    for name, place in PLACES.items():
        count = len(cells(name))
        demo = f"{SHOP[0]} % → {SHOP[1]} %"
        rows.append([place.title, place.libc, place.python, place.keeping, demo, f"{count}/{count}" if count else "-"])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    readme.write("distributions", section())
