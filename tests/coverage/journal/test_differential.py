# SPDX-License-Identifier: MIT
"""A journal gives what coverage's own save gives: each program is killed at its last line, and compared with itself."""

import shutil

import pytest
from differential import PROGRAMS, Program, difference, outcome
from stacks import all_stacks, default_stacks


def pytest_generate_tests(metafunc):
    is_full = metafunc.config.getoption("--full")
    cases = []
    for number, stack in enumerate(all_stacks() if is_full else default_stacks()):
        # Without --full: all programs on the newest coverage, and a third of them on each other stack.
        programs = PROGRAMS if is_full or number == 0 else PROGRAMS[number::3]
        cases += [(stack, Program(path)) for path in programs if Program(path).at_least <= stack.version]
    metafunc.parametrize("stack, program", cases, ids=[f"{stack}-{program.name}" for stack, program in cases])


def test_is_what_coverage_would_have_saved(stack, program, libcovenv, tmp_path):
    # Both runs use the same folder, because the names of measured files contain it.
    folder = tmp_path / "project"
    saved = outcome(program, stack, "save", folder, libcovenv)
    kept = outcome(program, stack, "kill", folder, libcovenv)
    assert kept.journals > 0
    assert not difference(saved.data, kept.data), saved.stderr + kept.stderr
    assert kept.left == saved.left
    shutil.rmtree(folder)
