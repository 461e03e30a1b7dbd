# SPDX-License-Identifier: MIT
"""The Python package: its pytest plugin, from the sources and beside the programs of this build, and the wheel."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest
from packages import package
from shop import copy_shop
from user_project import Project, python_of

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "wrapper" / "python" / "covenv"


class PluginProject(Project):
    """A user's project whose Python has the package, and whose PATH has covenv's programs, by `variables`."""

    def __init__(self, folder, python, variables):
        super().__init__(folder, python, lambda: pytest.fail("nothing is preloaded here"))
        self.measure = f"--cov={folder}"
        self.variables = variables

    def use_shop(self):
        copy_shop(self.folder)

    def run(self, *command, preload=False, env={}):
        return super().run(*command, preload=False, env=self.variables | env)

    def result(self, *command, env={}, stdin=""):
        """The CompletedProcess of a command, whatever its status; stderr is part of stdout."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        variables.pop("LD_PRELOAD", None)
        return subprocess.run(
            [*map(str, command)], cwd=self.folder, env=variables | self.variables | env, input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)


@pytest.fixture(scope="session")
def packaged():
    """What scripts/package makes is in dist/, and is the same at the second time."""
    package(options=["--twice"])


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder for PYTHONPATH that holds the package as an installation does, entry point and all."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "covenv").symlink_to(PACKAGE)
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    info = folder / "covenv-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: covenv\nVersion: 0\n")
    with open(info / "entry_points.txt", "w") as file:
        for group, names in points.items():
            print(f"[{group}]", *(f"{name} = {value}" for name, value in names.items()), sep="\n", file=file)
    return folder


@pytest.fixture
def venv():
    return "programs"


@pytest.fixture
def project(tmp_path, installed, covenv, libcovenv, venv):
    path = f"{covenv.parent}:{os.environ['PATH']}"
    variables = {"PYTHONPATH": str(installed), "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return PluginProject(tmp_path, python_of(venv), variables)
