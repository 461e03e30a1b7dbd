# SPDX-License-Identifier: MIT
"""Each program of rows.py: it shows what it shows without the library, and receives what its row claims."""

import readme
from encounters import EVERYTHING, NOTHING, Received, meet, received, visible
from rows import ROWS, Claim
from table import section

def holds(claim, first, last):
    """Whether this is what the first witness, the program itself as a rule, and the last have to receive."""
    match claim:
        case Claim.WORKS:
            return first == last == EVERYTHING
        case Claim.PASSED_ON:
            return first.variables and first.preload and last in (first, EVERYTHING)
        case Claim.VARIABLES:
            return first == last == Received(variables=True, preload=False, loaded=False)
        case Claim.LEFT_ALONE:
            return last == NOTHING


def test_row(row, workshop):
    command = row.command(workshop)
    circumstance = row.circumstance and row.circumstance(workshop)
    bare, preloaded = (meet(workshop, command, circumstance, library=library) for library in (None, row.library(workshop)))
    assert visible(preloaded) == visible(bare)
    assert received(bare) == [NOTHING] * row.witnesses, bare
    got = received(preloaded)
    assert len(got) == row.witnesses, preloaded
    assert not got or holds(row.claim, got[0], got[-1]), got


def test_names_are_unique():
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_readme_shows_the_rows():
    assert readme.shown("programs") == section(ROWS), "python3 tests/encounters/table.py rewrites it"
