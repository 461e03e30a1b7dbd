# SPDX-License-Identifier: MIT
"""For each way to start and to end a program: exactly the lines that ran are measured, and no status changes."""

from collections import Counter

import readme
from axes import CELLS, ENDS, LOST, STACKS, STARTS, Cell, pruned
from table import section


def test_cell(cell, runs):
    bare, preloaded = runs(cell.stack)
    assert bare.status(cell) is not None, bare.output()
    assert preloaded.status(cell) == bare.status(cell), preloaded.output()
    if cell in LOST:
        assert preloaded.measured(cell) != preloaded.expected(cell), "kept: LOST is out of date"
    else:
        assert preloaded.measured(cell) == preloaded.expected(cell), preloaded.output()


def test_lost_without_the_library(killed, runs):
    bare, _ = runs(killed.stack)
    assert not bare.measured(killed) >= bare.expected(killed)


def test_each_value_is_in_the_pruned_matrix_twice():
    cells = pruned()
    assert set(cells) <= set(CELLS)
    for axis, chosen in zip((STACKS, STARTS, ENDS), zip(*cells)):
        count = Counter(chosen)
        assert all(count[value] >= 2 for value in axis), count


def test_what_is_lost_is_shown():
    shown = section({Cell("pytrace", "shell", "kill"): "too slow"})
    assert "| `shell=True` | 4/5 | 5/5 |" in shown
    assert "- `shell=True`, `kill()`, pytrace: lost, too slow.\n" in shown


def test_the_table_shows_what_is_kept():
    """The table in tests/README.md is the one that LOST makes; test_cell compares each cell with LOST."""
    assert readme.shown("matrix") == section(LOST), "python3 tests/coverage/matrix/table.py rewrites it"
