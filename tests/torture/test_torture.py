# SPDX-License-Identifier: MIT
"""A few rounds of each situation; torture.py by itself does as many as one likes."""

import subprocess
from pathlib import Path

import pytest
from torture import SITUATIONS

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / "build" / "venvs" / "pytest-cov-7" / "bin" / "python"
RUNNER = HERE / "torture.py"
ROUNDS = 5
DEADLINE = 300


@pytest.fixture(scope="session")
def python():
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: scripts/test makes the virtual environments")
    return PYTHON


def run(libcovenv, python, *arguments):
    command = [str(python), str(RUNNER), "--library", str(libcovenv), "--rounds", str(ROUNDS), *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=DEADLINE
    )


@pytest.mark.parametrize("signal", ["KILL", "TERM"])
@pytest.mark.parametrize("situation", [situation.name for situation in SITUATIONS])
def test_keeps_the_coverage_of_a_process_that_is(situation, signal, libcovenv, python):
    done = run(libcovenv, python, "--only", situation, "--signal", signal)
    assert done.returncode == 0, done.stdout
