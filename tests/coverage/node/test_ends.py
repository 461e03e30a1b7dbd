# SPDX-License-Identifier: MIT
"""Node servers that measure, ended: the counts are those of a normal end at the same point, the status is as bare."""

import os
import random

import pytest
import readme
from node_runner import OWN_ENDS
from runner import STARTS
from states import STATES
from table import BY_NODE, KILLS, WITHOUT_WORKERS, section

# Without --full the states other than these two meet two kills each.
WHOLE = ("idle", "loop")
FEW_KILLS = ("kill()", "terminate()")
LISTENING = [name for name, state in STATES.items() if not state.is_deaf]
VERSIONS = ("18", "20", "22", "24")


def cells(is_full):
    return [(name, end) for name, state in STATES.items() if not state.lost for end in KILLS
            if is_full or name in WHOLE or end in FEW_KILLS]


def pytest_generate_tests(metafunc):
    is_full = metafunc.config.getoption("--full")
    if {"kept_in", "killed_by"} <= set(metafunc.fixturenames):
        metafunc.parametrize("kept_in, killed_by", cells(is_full))


def kill_in(state, end, place, libcovenv, version=None):
    """The status, bare and preloaded, and the counts of the preloaded one."""
    bare = place("bare", state, None, version)
    status = bare.run("Popen()", end, STATES[state].amounts())
    assert bare.counts() == {}, "nothing is kept without the library"
    preloaded = place("preloaded", state, libcovenv, version)
    return status, preloaded.run("Popen(env={})", end, STATES[state].amounts()), preloaded.counts()


def test_killed(kept_in, killed_by, place, expected, libcovenv):
    bare, status, counts = kill_in(kept_in, killed_by, place, libcovenv)
    assert status == bare
    assert counts == expected(kept_in)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_killed_in_each_state(version, place, expected, libcovenv, tmp_path):
    for state in (name for name, its in STATES.items() if not its.lost):
        for end in FEW_KILLS:
            def own(name, *rest, where=f"{state}-{end}".replace("/", "-")):
                (tmp_path / where).mkdir(exist_ok=True)
                return place(f"{where}/{name}", *rest)

            bare, status, counts = kill_in(state, end, own, libcovenv, version)
            assert status == bare, (state, end)
            assert counts == expected(state, version), (state, end)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("state", ["idle", "worker threads"])
def test_each_version_aborts(version, state, place, expected, libcovenv):
    bare, status, counts = kill_in(state, "abort", place, libcovenv, version)
    assert status == bare and os.WTERMSIG(status) == 6
    assert counts == expected(state, version)


@pytest.mark.parametrize("state", [name for name, its in STATES.items() if its.lost])
def test_lost_as_without_the_library(state, place, libcovenv):
    preloaded = place("preloaded", state, libcovenv)
    preloaded.runtime.variables = lambda folder: {"NODE_V8_COVERAGE": str(folder), "COVENV_GRACE": "0.5"}
    assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", STATES[state].amounts())) == -9
    assert preloaded.counts() == {}, "kept: the table is out of date"


@pytest.mark.parametrize("start", STARTS)
def test_started(start, place, expected, libcovenv):
    preloaded = place("preloaded", "idle", libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run(start, "kill()")) == -9
    assert preloaded.counts() == expected("idle")


@pytest.mark.parametrize("end", OWN_ENDS)
@pytest.mark.parametrize("state", LISTENING)
def test_ends_by_itself(state, end, place, expected, libcovenv):
    bare = place("bare", state, None)
    status = bare.run("Popen()", end, STATES[state].amounts())
    preloaded = place("preloaded", state, libcovenv)
    assert preloaded.run("Popen(env={})", end, STATES[state].amounts()) == status
    if (state, end) in WITHOUT_WORKERS:
        assert {} != bare.counts() != expected(state), "the table says so"
    else:
        assert bare.counts() == (expected(state) if end in BY_NODE else {})
    assert preloaded.counts() == expected(state)


@pytest.mark.parametrize("state", ["idle", "loop", "worker threads"])
def test_killed_at_any_moment(state, place, libcovenv, request):
    for number in range(50 if request.config.getoption("--full") else 5):
        preloaded = place(f"round-{number}", state, libcovenv)
        amounts = [str(random.randrange(1, 1000)), *([STATES[state].word] if STATES[state].word else [])]
        assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", amounts)) == -9
        assert any(preloaded.counts().values())


@pytest.mark.parametrize("end", ["kill()", "terminate()"])
def test_no_worker_is_forgotten(end, place, expected, libcovenv, request):
    """A worker that is about to save, and so blocks the signal, was once taken for one that cannot answer (2 of 12)."""
    for number in range(50 if request.config.getoption("--full") else 8):
        preloaded = place(f"round-{number}", "worker threads", libcovenv)
        preloaded.run("Popen(env={})", end, STATES["worker threads"].amounts())
        assert preloaded.counts() == expected("worker threads")


def test_the_table_shows_what_is_kept():
    assert readme.shown("node") == section(), "python3 tests/coverage/node/table.py rewrites it"
