# SPDX-License-Identifier: MIT
"""Programs between the runner and a measured process: the process's coverage is kept, and nothing else is changed."""

import json
import shutil
from pathlib import Path

import pytest
from suite.chains import DEFAULT, FULL
from user_project import Project, python_of

HERE = Path(__file__).resolve().parent

# The cells whose coverage is lost. A program with more rights than its user drops the library, so that a kill is as
# without it. A user's sudo drops the variables as well.
DROPPED = {
    ("ssh_agent", "killed"),
    ("sudo_of_a_user", "killed"),
    ("sudo_of_a_user", "ends"),
    ("sudo_of_a_user_keeps", "killed"),
}


class ChainProject(Project):
    """The suite of chains. It may take ten minutes, and may fail."""

    deadline = 600
    measure = "--cov=."

    def _run(self, *arguments):
        # The status is not looked at, because the tests of a cell see that it failed: it has no outcome.
        super()._run(*arguments)
        return 0


def pytest_generate_tests(metafunc):
    full = metafunc.config.getoption("--full")
    ends = ["killed", "ends"]
    metafunc.parametrize("cell", [(name, end) for name in (FULL if full else DEFAULT) for end in ends], ids="-".join)


@pytest.fixture(scope="module")
def run(request, tmp_path_factory, libcovenv):
    """A function: whether the library is preloaded -> (folder, Report) of the suite with the selected cells.

    The suite runs once without and once with the library.
    """
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
    """[exit status of the chain, text that the chain and the program printed]."""
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
