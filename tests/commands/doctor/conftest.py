# SPDX-License-Identifier: MIT
"""`covenv doctor` says nothing of a healthy project, and of a broken project exactly its defect."""

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
    """Doctor's output, printed as JSON, and its status."""

    def __init__(self, result):
        self.status = result.returncode
        self.report = json.loads(result.stdout)
        self.findings = self.report["findings"]

    def checks(self):
        return [finding["check"] for finding in self.findings]

    def only(self, check):
        assert self.checks() == [check], self.findings
        assert self.status == (0 if self.findings[0]["level"] == "note" else 1)
        return self.findings[0]

    def nothing(self):
        assert (self.findings, self.status) == ([], 0)
        assert self.report["probe"]["saved"]


class Patient(Project):
    """A user's project that doctor examines."""

    def __init__(self, folder, covenv):
        super().__init__(folder, python_of(NEW), lambda: None)
        self.covenv = covenv

    def examined(self, *arguments, env={}, status=None):
        cleared = "COV", "PYTEST", "GOCOV", "LD_PRELOAD", "VIRTUAL_ENV", "PYTHONPATH"
        variables = {name: value for name, value in os.environ.items() if not name.startswith(cleared)}
        result = subprocess.run(
            [str(self.covenv), "doctor", *map(str, arguments)], cwd=self.folder, env=variables | env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.deadline)
        if status is not None:
            assert result.returncode == status, result
        return result

    def doctor(self, *command, venv=NEW, env={}, options=()):
        """The answer on this command, pytest with --cov by default, of a virtual environment's Python."""
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
    """A virtual environment of a test's own, with the packages of a stack: NAME -> its Python and its site-packages."""

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
