# SPDX-License-Identifier: MIT
"""Projects for `covenv doctor`, which finds nothing in a healthy project, and in a broken one just its defect."""

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest
from user_project import Project, python_of

OLD, NEW = "pytest-cov-6", "pytest-cov-7"


class Answer:
    """What one run of `covenv doctor --json` found, and its exit status."""

    def __init__(self, result):
        self.status = result.returncode
        self.report = json.loads(result.stdout)
        self.findings = self.report["findings"]

    def checks(self):
        """The name of the check of each finding, in the order of the output."""
        return [finding["check"] for finding in self.findings]

    def only(self, check):
        """The one finding. Fails if there is another one, or if the status does not fit its level."""
        assert self.checks() == [check], self.findings
        assert self.status == (0 if self.findings[0]["level"] == "note" else 1)
        return self.findings[0]

    def nothing(self):
        """Fails if anything was found, or if doctor's own child has not saved its coverage."""
        assert (self.findings, self.status) == ([], 0)
        assert self.report["probe"]["saved"]


class Patient(Project):
    """A user's project that `covenv doctor` examines. Nothing is preloaded in its runs."""

    def __init__(self, folder, covenv):
        super().__init__(folder, python_of(NEW), lambda: None)
        self.covenv = covenv

    def examined(self, *arguments, env={}, status=None):
        """The CompletedProcess of `covenv doctor` in the project's folder; `status` is the one that it has to have."""
        cleared = "COV", "PYTEST", "GOCOV", "LD_PRELOAD", "VIRTUAL_ENV", "PYTHONPATH"
        variables = {name: value for name, value in os.environ.items() if not name.startswith(cleared)}
        result = subprocess.run(
            [str(self.covenv), "doctor", *map(str, arguments)], cwd=self.folder, env=variables | env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.deadline)
        if status is not None:
            assert result.returncode == status, result
        return result

    def doctor(self, *command, venv=NEW, env={}, options=()):
        """The Answer on `python -m command` (by default pytest --cov).

        `venv` is the name of a virtual environment or the path of a Python; `options` are doctor's.
        """
        python = python_of(venv) if isinstance(venv, str) else venv
        command = [python, "-m", *(command or ("pytest", "--cov"))]
        return Answer(self.examined("--json", *options, "--", *command, env=env))


@pytest.fixture
def patient(covenv, libcovenv, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return Patient(folder, covenv)


@pytest.fixture
def own_venv(tmp_path):
    """A function that makes a virtual environment for this test alone: make(stack) -> its Python, its site-packages.

    The environment has copies of the stack's packages, except those whose names start with an element of `without`.
    """

    def make(stack=None, without=()):
        folder = tmp_path / "venv"
        venv.create(folder, symlinks=True, with_pip=False)
        [packages] = folder.glob("lib/python*/site-packages")
        if stack:
            [source] = (python_of(stack).parent.parent).glob("lib/python*/site-packages")
            for path in source.iterdir():
                if not path.name.startswith(("pip", "setuptools", "distutils", "_distutils", "__pycache__", *without)):
                    copy = shutil.copytree if path.is_dir() else shutil.copy
                    copy(path, packages / path.name)
        return folder / "bin" / "python", Path(packages)

    return make
