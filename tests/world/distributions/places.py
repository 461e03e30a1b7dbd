# SPDX-License-Identifier: MIT
"""The systems and Pythons, and the cells of the matrix that each of them runs."""

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "coverage" / "matrix"))
from axes import CELLS, ENDS, STARTS  # noqa: E402


class Place(NamedTuple):
    """A system or a Python: its names in the table, and how a killed process is kept there."""

    title: str
    libc: str
    python: str
    keeping: str = "journal"
    lacks: tuple = ()  # ends of the matrix that its Python has no function for


# Its name below build/distributions, or below build/pythons -> a system, or a Python on this one. Each has the newest
# coverage for its Python.
PLACES = {
    "bullseye": Place("Debian 11", "glibc 2.31", "CPython 3.9"),
    "bookworm": Place("Debian 12", "glibc 2.36", "CPython 3.11"),
    "trixie": Place("Debian 13", "glibc 2.41", "CPython 3.13"),
    "sid": Place("Debian unstable", "its glibc", "its CPython"),
    "trixie-arm64": Place("Debian 13, aarch64 (qemu)", "glibc 2.41", "CPython 3.13"),
    "3.13t": Place("built with `--disable-gil`", "glibc 2.36", "CPython 3.13t", "asked"),
    "3.13-musl": Place("built by `musl-gcc`", "musl", "CPython 3.13", lacks=("pidfd",)),
}
# So many places run the whole matrix. Those behind them take the first ones' shares once more.
SHARES = 4
# The percentages of the demo's server, without covenv and with it.
SHOP = (0, 100)


def cells(name):
    """A share of the matrix: each start with some ends. The places take turns, so each pair is run on one of them.

    None below qemu, where a start of Python takes seconds.
    """
    starts, ends = list(STARTS), list(ENDS)
    natives = [each for each in PLACES if not each.endswith("-arm64")]
    return [cell for cell in CELLS if cell.stack == "pytest-cov-7" and name in natives
            and cell.end not in PLACES[name].lacks
            and (starts.index(cell.start) + ends.index(cell.end)) % SHARES == natives.index(name) % SHARES]
