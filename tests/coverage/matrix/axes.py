# SPDX-License-Identifier: MIT
"""The axes of the matrix, its impossible cells, and its cells that are lost."""

import sys
from itertools import product
from pathlib import Path
from typing import NamedTuple

SUITE = Path(__file__).resolve().parent / "suite"
sys.path.insert(0, str(SUITE))

from ends import ENDS  # noqa: E402
from starts import STARTS  # noqa: E402


class Stack(NamedTuple):
    """The name of a virtual environment, and the variables that its users have set."""

    venv: str
    environment: dict


STACKS = {
    "pytest-cov-4": Stack("pytest-cov-4", {}),
    "pytest-cov-5": Stack("pytest-cov-5", {}),
    "pytest-cov-6": Stack("pytest-cov-6", {}),
    "pytest-cov-7": Stack("pytest-cov-7", {}),
    "pytrace": Stack("pytest-cov-7", {"COVERAGE_CORE": "pytrace"}),
}


class Cell(NamedTuple):
    """A key of STACKS, one of STARTS, and one of ENDS."""

    stack: str
    start: str
    end: str

    def __str__(self):
        return "-".join(self)


# The ends that leave a process no time, whatever its suite has configured.
KILLS = ("kill", "kill_group", "pidfd", "kill_command")
IMPOSSIBLE = {("background", "interrupt"): "a shell's background job ignores SIGINT"}
# The cells whose coverage covenv does not keep: Cell -> the reason, in words of tests/README.md.
LOST = {}

CELLS = [Cell(*values) for values in product(STACKS, STARTS, ENDS) if values[1:] not in IMPOSSIBLE]


def pruned():
    """Each start with each end on one stack. The stacks take turns, so each meets every start and every end."""
    stacks, starts, ends = list(STACKS), list(STARTS), list(ENDS)

    def turn(cell):
        return stacks[(starts.index(cell.start) + ends.index(cell.end)) % len(stacks)]

    return [cell for cell in CELLS if cell.stack == turn(cell)]
