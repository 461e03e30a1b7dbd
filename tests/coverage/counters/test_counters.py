# SPDX-License-Identifier: MIT
"""Compiled programs with counters, ended: the counts are those of a normal end at the same point, each status bare."""

import itertools

import readme
from place import run_cells
from runner import ENDS, OWN_ENDS, STARTS
from runtimes import RUNTIMES
from table import cell, is_possible, section

ONE_OF_EACH = ("gcc", "clang", "Rust", "Go")


def pytest_generate_tests(metafunc):
    """--full runs the whole product, else each kind of program has one start, and four of them have each start."""
    if "start" not in metafunc.fixturenames:
        return
    is_full = metafunc.config.getoption("--full")
    usual = next(iter(STARTS))
    pairs = itertools.product(RUNTIMES, STARTS)
    wanted = [pair for pair in pairs if is_full or pair[1] == usual or pair[0] in ONE_OF_EACH]
    metafunc.parametrize("runtime, start", wanted)


def test_each_end(runtime, start, runs, expected, libcovenv, tmp_path):
    normal = expected(runtime)
    assert any(normal.values()) and not all(normal.values()), "what ran is told from what did not"
    ends = [end for end in ENDS if is_possible(runtime, start, end)]
    bare, bare_said = run_cells(runs(runtime, None), tmp_path / "bare", start, ends)
    kept, said = run_cells(runs(runtime, libcovenv), tmp_path / "preloaded", start, ends)
    assert {end: kept[end].status for end in ends} == {end: bare[end].status for end in ends}
    assert RUNTIMES[runtime].is_talkative or said == bare_said
    # sigforward preloads the library by itself.
    kills = [end for end in ends if end not in (*OWN_ENDS, "sigforward")]
    assert [end for end in kills if any(bare[end].counts.values())] == [], "kept without the library"
    wanted = {end: normal if cell(runtime, end) == "kept" else {} for end in ends}
    assert {end: kept[end].counts for end in ends} == wanted


def test_the_table_shows_what_is_kept():
    assert readme.shown("counters") == section(), "python3 tests/coverage/counters/table.py rewrites it"
