# SPDX-License-Identifier: MIT
"""Compiled programs with counters, killed: the counts are those of a normal end at the same point, and so is no status."""

import os
import random

import pytest
import readme
from runner import STARTS
from runtimes import RUNTIMES
from table import KILLS, section


def own_ends():
    return [(runtime, end) for runtime, its in RUNTIMES.items() for end in its.ends]


def kills():
    return [(runtime, end) for runtime, its in RUNTIMES.items() for end in KILLS if end not in its.lives_on + its.lost]


def lost():
    return [(runtime, end) for runtime, its in RUNTIMES.items() for end in its.lost]


@pytest.mark.parametrize("runtime, end", kills())
def test_killed(runtime, end, place, expected, libcovenv):
    bare = place("bare", runtime, None)
    status = bare.run("Popen()", end)
    assert bare.counts() == {} or not any(bare.counts().values()), "nothing is kept without the library"
    preloaded = place("preloaded", runtime, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == expected(runtime)


@pytest.mark.parametrize("runtime, end", lost())
def test_lost_as_without_the_library(runtime, end, place, libcovenv):
    status = place("bare", runtime, None).run("Popen()", end)
    preloaded = place("preloaded", runtime, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == {}, "kept: the table is out of date"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("runtime", ["gcc", "clang", "Rust", "Go"])
def test_started(runtime, start, place, expected, libcovenv):
    preloaded = place("preloaded", runtime, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run(start, "kill()")) == -9
    assert preloaded.counts() == expected(runtime)


@pytest.mark.parametrize("runtime, end", own_ends())
def test_ends_by_itself(runtime, end, place, expected, libcovenv):
    bare = place("bare", runtime, None)
    status = bare.run("Popen()", end)
    preloaded = place("preloaded", runtime, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == expected(runtime)


@pytest.mark.parametrize("runtime", ["gcc", "clang", "Rust", "Go"])
def test_normal_end_is_counted_once(runtime, place, expected, libcovenv):
    preloaded = place("preloaded", runtime, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "exit")) == 3
    assert preloaded.counts() == expected(runtime)


@pytest.mark.parametrize("runtime", ["gcc", "clang", "Rust", "Go"])
def test_killed_at_any_moment(runtime, place, libcovenv, request):
    for number in range(50 if request.config.getoption("--full") else 5):
        preloaded = place(f"round-{number}", runtime, libcovenv)
        amounts = [str(random.randrange(1, 1000)), "busy"]
        assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", amounts)) == -9
        assert any(preloaded.counts().values())


def test_the_table_shows_what_is_kept():
    assert readme.shown("counters") == section(), "python3 tests/coverage/counters/table.py rewrites it"
