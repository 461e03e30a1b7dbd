# SPDX-License-Identifier: MIT
"""The systems, and the cells of the matrix that each of them runs."""

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "coverage" / "matrix"))
from axes import CELLS, ENDS, STARTS  # noqa: E402


class Place(NamedTuple):
    """A system: its name and those of its C library and Python, as the table has them."""

    title: str
    libc: str
    python: str


# Its name below build/distributions -> a system. Each has its own Python, and the newest coverage for that.
PLACES = {
    "bullseye": Place("Debian 11", "glibc 2.31", "CPython 3.9"),
    "bookworm": Place("Debian 12", "glibc 2.36", "CPython 3.11"),
    "trixie": Place("Debian 13", "glibc 2.41", "CPython 3.13"),
    "sid": Place("Debian unstable", "its glibc", "its CPython"),
    "trixie-arm64": Place("Debian 13, aarch64 (qemu)", "glibc 2.41", "CPython 3.13"),
}
# The percentages of the demo's server, without covenv and with it.
SHOP = (0, 100)


def cells(name):
    """A share of the matrix: each start with some ends. The systems take turns, so each pair is run on one of them.

    None below qemu, where a start of Python takes seconds.
    """
    starts, ends = list(STARTS), list(ENDS)
    natives = [name for name in PLACES if not name.endswith("-arm64")]
    return [cell for cell in CELLS if cell.stack == "pytest-cov-7" and name in natives
            and (starts.index(cell.start) + ends.index(cell.end)) % len(natives) == natives.index(name)]
