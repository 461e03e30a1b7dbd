# SPDX-License-Identifier: MIT
"""Compiled programs with counters, killed at random moments: what is kept agrees with what the program has counted."""

import os

import pytest
from place import AMOUNTS, HERE
from runtimes import RUNTIMES, WHOLE
from totals import family, place

ROUNDS = 50
LOADS = ("idle", "busy", "malloc", "threads")
KINDS = [f"{runtime}{kind}" for runtime in ("gcc", "clang", "Rust", "Go") for kind in ("", ", stripped")]


def pytest_generate_tests(metafunc):
    is_full = metafunc.config.getoption("--full")
    if "how" in metafunc.fixturenames:
        metafunc.parametrize("how", LOADS if is_full else ["busy"])
    metafunc.parametrize("runtime", KINDS if is_full else ["gcc", "clang", "Go"])


@pytest.fixture
def rounds(request, runs, libcovenv, tmp_path):
    """rounds(runtime, how): [(the folder of its data, what rounds.py says)] of so many servers; all die of SIGKILL."""

    def kill_many(runtime, how, **more):
        number = ROUNDS if request.config.getoption("--full") else 5
        folders = [tmp_path / str(each) for each in range(number)]
        for folder in folders:
            folder.mkdir()
        cells = [{"folder": str(folder), "variables": RUNTIMES[runtime].variables(folder)} for folder in folders]
        its = runs(runtime, libcovenv)
        told, said = its.call(HERE / "rounds.py", {"how": how, "amounts": AMOUNTS, "cells": cells, **more})
        assert said == ""
        assert {os.waitstatus_to_exitcode(each["status"]) for each in told} == {-9}
        return list(zip(folders, told))

    return kill_many


def assert_merge_is_whole(runtime, folders, into):
    """The toolchain's own merge takes each file, and its sum is that of the files."""
    into.mkdir()
    totals = [family(runtime).of_files(folder) for folder in folders]
    assert family(runtime).merged(folders, into) == sum(totals)
    return totals


def test_a_server_that_works(runtime, how, rounds, programs, expected, tmp_path):
    base, more = expected(runtime), expected(runtime, *AMOUNTS, "27")
    told = rounds(runtime, how)
    for folder, moment in told:
        counts = RUNTIMES[runtime].counts(folder, programs(runtime))
        assert counts.keys() == base.keys()
        for line, count in counts.items():
            of_a_call = more[line] - base[line]
            least, most = (base[line] + calls * of_a_call for calls in (moment["least"], moment["most"]))
            # gcov finds some counts by subtraction, so a number under way may be taken for one of the other kind.
            under_way = moment["threads"] if runtime.startswith("gcc") else 0
            is_within = least - under_way <= count <= most + under_way
            # Threads overwrite each other's counts, because the other compilers do not count atomically by default.
            is_racing = how == "threads" and not runtime.startswith("gcc")
            assert is_within or (is_racing and (count > 0) == (base[line] > 0)), (line, moment, counts)
    assert_merge_is_whole(runtime, [folder for folder, _ in told], tmp_path / "merged")


def test_a_start_that_is_frozen(runtime, rounds, programs, tmp_path):
    """What is kept is exactly what the memory has at that moment: nothing if nothing has been counted."""
    own, program = family(runtime), programs(runtime)
    whole = program.with_name(WHOLE)
    told = rounds(runtime, "frozen", counters=place(runtime, program, whole if whole.exists() else program))
    counted = [own.of_memory(bytes.fromhex(moment["counters"])) for _, moment in told]
    assert [own.of_files(folder) for folder, _ in told] == counted
    saved = [folder for (folder, _), total in zip(told, counted) if total]
    print(f"\n{runtime}: {len(saved)} saved, {len(told) - len(saved)} had counted nothing")
    if saved:
        assert_merge_is_whole(runtime, saved, tmp_path / "merged")


def test_a_start(runtime, rounds, tmp_path):
    """A server that has said "ready" has counted."""
    told = rounds(runtime, "early")
    totals = [family(runtime).of_files(folder) for folder, _ in told]
    assert all(total for total, (_, moment) in zip(totals, told) if moment["was_ready"])
    ready = sum(moment["was_ready"] for _, moment in told)
    print(f"\n{runtime}: {ready} ready, {sum(map(bool, totals))} saved of {len(told)}")
    saved = [folder for (folder, _), total in zip(told, totals) if total]
    if saved:
        assert_merge_is_whole(runtime, saved, tmp_path / "merged")
