# SPDX-License-Identifier: MIT
"""Each program of rows.py shows the same as without the library, and receives what its row claims."""

import shutil

import pytest
import readme
from encounters import EVERYTHING, NOTHING, Received, meet, received, visible
from rows import ROWS, Claim
from table import section

def holds(claim, first, last):
    """True if a claim allows what the first witness (mostly the program itself) and the last have Received."""
    match claim:
        case Claim.WORKS:
            return first == last == EVERYTHING
        case Claim.PASSED_ON:
            return first.variables and first.preload and last in (first, EVERYTHING)
        case Claim.VARIABLES:
            return first == last == Received(variables=True, preload=False, loaded=False)
        case Claim.OTHER_TOOLS:
            return last == NOTHING


def test_row(row, workshop):
    command = row.command(workshop)
    circumstance = row.circumstance and row.circumstance(workshop)
    bare = meet(workshop, command, circumstance)
    preloaded = meet(workshop, command, circumstance, library=row.library(workshop))
    assert visible(preloaded) == visible(bare)
    assert received(bare) == [NOTHING] * row.witnesses, bare
    got = received(preloaded)
    assert len(got) == row.witnesses, preloaded
    assert not got or holds(row.claim, got[0], got[-1]), got


def test_names_are_unique():
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_table_shows_the_rows():
    assert readme.shown("programs") == section(ROWS), "python3 tests/world/program_types/table.py rewrites it"


def least_pages(workshop, library):
    """The smallest address space, in pages, in which the witness starts without a word on stderr."""
    too_few, enough = 256, 1280
    while enough - too_few > 1:
        pages = (too_few + enough) // 2
        limited = meet(workshop, [workshop.witness()], f"with_pages:{pages}", library=library)
        if (limited.status, limited.err) == ("0", ""):
            enough = pages
        else:
            too_few = pages
    return enough


def test_it_takes_little_of_an_address_space(workshop):
    more = least_pages(workshop, workshop.libcovenv) - least_pages(workshop, None)
    assert 0 < more <= 128, "more than 512 KiB"


@pytest.mark.parametrize("length", [253, 254, 255, 256, 257, 265])
@pytest.mark.parametrize("bits", [64, 32])
def test_script_line_of(length, bits, workshop):
    """A `#!` line that ends near the 256 bytes that the kernel reads, so that it may be cut off or refused."""
    folder = workshop.folder / ("d" * (length - len(f"#!{workshop.folder}//{bits}")))
    folder.mkdir(exist_ok=True)
    interpreter = folder / str(bits)
    shutil.copy(workshop.witness() if bits == 64 else workshop.i386("i386"), interpreter)
    script = workshop.folder / f"line-{length}-{bits}"
    script.write_text(f"#!{interpreter}\n")
    script.chmod(0o755)
    assert len(script.read_text()) == length + 1
    bare, preloaded = meet(workshop, [script]), meet(workshop, [script], library=workshop.libcovenv)
    assert visible(preloaded) == visible(bare)
    if received(bare):
        assert received(preloaded) == [EVERYTHING if bits == 64 else Received(True, False, False)]
