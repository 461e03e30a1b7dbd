# SPDX-License-Identifier: MIT
"""Compiled programs with counters, killed: the counts are those of a normal end at the same point, and so is no status."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from runner import ENDS, STARTS
from runtimes import RUNTIMES

RUNNER = Path(__file__).resolve().parent / "runner.py"
AMOUNTS = ("7", "1", "27")
OWN_ENDS = ("_exit", "_Exit", "quick_exit", "abort", "raise", "kill self", "exec")
KILLS = [end for end in ENDS if end not in OWN_ENDS and end != "exit"]
DEADLINE = 120  # seconds


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """program(name): the server of that runtime, built once."""
    folder = tmp_path_factory.mktemp("programs")
    built = {}

    def program(name):
        if name not in built:
            own = folder / name.replace(", ", "-")
            own.mkdir()
            built[name] = RUNTIMES[name].build(own)
        return built[name]

    return program


class Place:
    """A folder for one run's data, and the run."""

    def __init__(self, folder, runtime, program, library):
        self.folder = folder
        self.folder.mkdir()
        self.runtime = runtime
        self.program = program
        self.library = library

    def run(self, start, end, amounts=AMOUNTS):
        """The wait status."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        variables |= self.runtime.variables(self.folder)
        if self.library:
            variables["LD_PRELOAD"] = str(self.library)
        done = subprocess.run(
            [sys.executable, RUNNER, start, end, self.program, *amounts],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.runtime.is_talkative or done.stderr == ""
        return json.loads(done.stdout)["status"]

    def counts(self):
        return self.runtime.counts(self.folder, self.program)


@pytest.fixture
def place(tmp_path, programs):
    def make(name, runtime, library):
        return Place(tmp_path / name, RUNTIMES[runtime], programs(runtime), library)

    return make


@pytest.fixture(scope="session")
def expected(tmp_path_factory, programs):
    """expected(runtime): the counts of a normal end, without the library."""
    known = {}

    def counts(runtime):
        if runtime not in known:
            bare = Place(tmp_path_factory.mktemp("normal") / "data", RUNTIMES[runtime], programs(runtime), None)
            assert os.waitstatus_to_exitcode(bare.run("Popen()", "exit")) == 3
            known[runtime] = bare.counts()
            assert any(known[runtime].values()) and not all(known[runtime].values()), "what ran is told from what did not"
        return known[runtime]

    return counts


def own_ends():
    return [(runtime, end) for runtime, its in RUNTIMES.items() for end in its.ends]


def kills():
    return [(runtime, end) for runtime, its in RUNTIMES.items() for end in KILLS if end not in its.survives]


@pytest.mark.parametrize("runtime, end", kills())
def test_killed(runtime, end, place, expected, libcovenv):
    bare = place("bare", runtime, None)
    status = bare.run("Popen()", end)
    assert bare.counts() == {} or not any(bare.counts().values()), "nothing is kept without the library"
    preloaded = place("preloaded", runtime, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == expected(runtime)


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
