# SPDX-License-Identifier: MIT
"""Runs suites as their users do: pytest and pytest-cov in a virtual environment, on a project in a folder of its own.

The suites are programs under test here, so this pytest does not collect them.
"""

import shutil
from pathlib import Path

import pytest
import shared_memory
from user_project import Project, killed_after_the_run, python_of

HERE = Path(__file__).resolve().parent
SUITES = HERE / "suites"
STACKS = sorted(path.name for path in (HERE / "stacks").iterdir())
NEWEST = "pytest-cov-7"

collect_ignore = ["suites"]


def pytest_generate_tests(metafunc):
    if metafunc.definition.get_closest_marker("each_stack"):
        metafunc.parametrize("stack", STACKS, indirect=True)


def pytest_configure(config):
    # A /dev/shm of our own, because `covenv salvage` takes every journal of this user.
    shared_memory.make_own()
    config.addinivalue_line("markers", "each_stack: run on each pair of pytest-cov and coverage, not just the newest")


class Stack:
    """A virtual environment with pytest, pytest-cov and coverage, and the .coveragerc that they need."""

    def __init__(self, name):
        self.name = name
        self.python = python_of(name)
        self.coveragerc = HERE / "stacks" / name / "coveragerc"


class StackProject(Project):
    """A user's project that is tested on a stack, and has a copy of the stack's .coveragerc."""

    def __init__(self, folder, stack, preload, settings):
        super().__init__(folder, stack.python, preload, settings)
        self.stack = stack
        self.measure = "--cov=."
        shutil.copy(stack.coveragerc, folder / ".coveragerc")

    def use(self, suite):
        """Copies the Python files of a folder of `suites` into the project."""
        for file in (SUITES / suite).glob("*.py"):
            shutil.copy(file, self.folder)

    def configure(self, line):
        """Adds a line to .coveragerc, whose last section is [run]."""
        with open(self.folder / ".coveragerc", "a") as file:
            file.write(f"{line}\n")

    def set_variables(self):
        """Has coverage put variables into the runner's environment (patch = subprocess), as pytest-cov up to 6 does."""
        if self.stack.name == NEWEST:
            self.configure("patch = subprocess")


@pytest.fixture(autouse=True)
def no_journal_is_left():
    """After each test: no journal is left, except journals of processes that were killed after the end of their run."""
    yield
    left = shared_memory.journals()
    for journal in left:
        journal.unlink()
    assert [journal for journal in left if int(journal.name.split("-")[-2]) not in killed_after_the_run] == []


@pytest.fixture
def stack(request):
    return Stack(getattr(request, "param", NEWEST))


@pytest.fixture
def project(request, tmp_path, stack, keeping):
    """An empty project, whose suites run under the library that is tested."""
    # The library is looked up only when a run preloads it, so that other tests run without a build of it.
    return StackProject(tmp_path, stack, lambda: request.getfixturevalue("libcovenv"), keeping)


@pytest.fixture
def small(project):
    """A project with the files of suites/small: a server, a job that ends by itself, and helpers to start them."""
    project.use("small")
    return project
