# SPDX-License-Identifier: MIT
"""Programs between the runner and a measured process: the process's coverage is kept, and nothing else is changed."""

import json
import shutil
from pathlib import Path

import pytest
from suite.chains import DEFAULT, FULL
from user_project import Project, python_of

HERE = Path(__file__).resolve().parent

# Programs with more rights than their user's drop the library, so that a kill is what it is without it; a user's sudo
# drops the variables as well.
DROPPED = {
    ("ssh_agent", "killed"),
    ("sudo_of_a_user", "killed"),
    ("sudo_of_a_user", "ends"),
    ("sudo_of_a_user_keeps", "killed"),
}


class ChainProject(Project):
    """The suite of chains, which takes its time."""

    deadline = 600
    measure = "--cov=."

    def _run(self, *arguments):
        # A cell that fails has no outcome, and says so to its own tests.
        super()._run(*arguments)
        return 0


def pytest_generate_tests(metafunc):
    full = metafunc.config.getoption("--full")
    ends = ["killed", "ends"]
    metafunc.parametrize("cell", [(name, end) for name in (FULL if full else DEFAULT) for end in ends], ids="-".join)


@pytest.fixture(scope="module")
def run(request, tmp_path_factory, libcovenv):
    """Runs the selected cells, once without and once with the library: preload -> folder, report."""
    cells = list({item.callspec.params["cell"]: None for item in request.session.items if "cell" in item.fixturenames})
    done = {}

    def once(preload):
        if preload not in done:
            folder = tmp_path_factory.mktemp("chains") / "suite"
            shutil.copytree(HERE / "suite", folder, ignore=shutil.ignore_patterns("__pycache__"))
            (folder / "cells.json").write_text(json.dumps(cells))
            project = ChainProject(folder, python_of("company"), lambda: libcovenv)
            done[preload] = folder, project.pytest("-q", preload=preload)
        return done[preload]

    return once


def outcome(run, preload, cell):
    """The chain's exit status, and what it and the program printed."""
    folder, report = run(preload)
    file = folder / "_".join(cell) / "outcome.json"
    assert file.exists(), report.output
    return json.loads(file.read_text())


def kept(run, preload, cell):
    _, report = run(preload)
    return report.kept("_".join(cell) + "/program.py")


def test_kept(run, cell):
    assert kept(run, True, cell) == (cell not in DROPPED)


def test_lost_without_the_library(run, cell):
    assert not kept(run, False, cell)


def test_looks_as_without_the_library(run, cell):
    assert outcome(run, True, cell) == outcome(run, False, cell)
