# SPDX-License-Identifier: MIT
"""Rounds of torture.py, few in the quick tests, many in those of --full."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def witness(tmp_path_factory):
    program = tmp_path_factory.mktemp("witness") / "witness"
    subprocess.run(["gcc", "-O1", HERE / "witness.c", "-o", program], check=True)
    return program


def torture(sigforward, witness, kind, rounds, deadline):
    seed = random.SystemRandom().randrange(10**6)
    command = [sys.executable, HERE / "torture.py", sigforward, witness, "--rounds", str(rounds), "--seed", str(seed), kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=deadline, check=False)
    print(done.stdout, end="")
    assert done.returncode == 0, f"seed {seed}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("kind, rounds", [("early_signal", 600), ("early_kill", 150), ("orders", 30), ("storm", 60)])
def test_rounds(sigforward, witness, kind, rounds):
    torture(sigforward, witness, kind, rounds, 250)


@pytest.mark.parametrize("kind, rounds", [("early_signal", 10000), ("early_kill", 1000), ("orders", 1000), ("storm", 1000)])
def test_rounds_full(sigforward, witness, kind, rounds):
    torture(sigforward, witness, kind, rounds, 1700)


def test_a_wrapper_that_loses_its_command_is_noticed(witness, tmp_path):
    """The rounds fail with a shell in the place of sigforward, which shows that they can fail."""
    shell = tmp_path / "sigforward"
    shell.write_text('#!/bin/sh\nshift 4\n"$@" &\nwait\n')
    shell.chmod(0o755)
    with pytest.raises(AssertionError, match="left|too early|lost"):
        torture(shell, witness, "early_kill", 20, 100)
