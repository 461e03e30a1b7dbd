# SPDX-License-Identifier: MIT
"""Children of a Node (fork(), cluster), killed: the counts are those of a normal end at the same point."""

import json
import os
import subprocess
import sys

import pytest
import readme
from family import ENDS, STARTS, STATES, counts_of, lines_of, section
from place import DEADLINE
from states import GRACE, HERE, node

# Without --full each start meets its first state, and each state its first start.
WHOLE = ("fork()", "idle")


@pytest.fixture
def end(tmp_path):
    """end(name, start, end, lines, library): what the runner prints, and the counts."""

    def run(name, start, end, lines, library):
        folder = tmp_path / name
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD", "NODE"))}
        variables = {**kept, **GRACE, "NODE_V8_COVERAGE": str(folder)}
        if library:
            variables["LD_PRELOAD"] = str(library)
        done = subprocess.run([sys.executable, HERE / "family_runner.py", start, end, node(), *lines], env=variables,
                              capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
        return json.loads(done.stdout), counts_of(folder)

    return run


def cells(is_full):
    return [(start, state, its) for start in STARTS for state in STATES for its in ENDS
            if is_full or start == WHOLE[0] or state == WHOLE[1]]


def pytest_generate_tests(metafunc):
    if "killed_by" in metafunc.fixturenames:
        metafunc.parametrize("start, state, killed_by", cells(metafunc.config.getoption("--full")))


def test_killed_child(start, state, killed_by, end, libcovenv):
    lines = lines_of(state)
    normal, expected = end("normal", start, "exit", lines_of("idle") if STATES[state].is_deaf else lines, None)
    assert normal["status"] == 0 and any(expected.values()) and not all(expected.values())
    bare, none = end("bare", start, killed_by, lines, None)
    assert none == {}, "nothing is kept without the library"
    heard, kept = end("kept", start, killed_by, lines, libcovenv)
    assert kept == expected
    # A parent in the group may hear of its child's end first: with covenv more often, see the limits in shim/README.md.
    is_with_parent = "group" in killed_by and start != "fork(), detached"
    assert heard["status"] == bare["status"] if is_with_parent else heard == bare


def test_the_table_shows_what_is_kept():
    assert readme.shown("node-family") == section(), "python3 tests/coverage/node/family.py rewrites it"
