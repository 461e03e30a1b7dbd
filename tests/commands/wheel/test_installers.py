# SPDX-License-Identifier: MIT
"""The wheel that scripts/package makes, by each installer and in folders of any name: what it brings works there."""

import os
import sys
from pathlib import Path

import pytest
from conftest import PluginProject
from packages import artefact, run
from user_project import python_of

pytestmark = pytest.mark.usefixtures("packaged")

# What separates the entries of LD_PRELOAD, what ld.so replaces, and what a shell reads.
NAMES = ["a blank", "a:colon", "$ORIGIN", "${LIB}", "'quotes\" of both", "back\\slash", "Größe"]


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    """The folder of programs of an environment that has the installers."""
    folder = tmp_path_factory.mktemp("tools")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "pex", "pipx", "shiv", "uv")
    return folder / "bin"


@pytest.fixture(scope="module")
def wheel():
    return artefact(f"covenv-*_{os.uname().machine}.whl")


class Installer:
    """Puts the wheel into the folder `place`. Each method is a way to do that, and returns the package's parent."""

    def __init__(self, wheel, tools, cache):
        self._words = ["install", "--quiet", "--no-index", "--no-deps", "--break-system-packages"]
        # pip install --user refuses a virtual environment.
        self._base = os.path.realpath(python_of("programs"))
        self._wheel, self._tools, self._cache = wheel, tools, cache

    def _pip(self, *words, env={}):
        run(python_of("wheel"), "-m", "pip", "--python", self._base, *self._words, *words, self._wheel, env=env)

    def _uv(self, *words, env={}):
        run(self._tools / "uv", "pip", *self._words, "--python", self._base, *words, self._wheel,
            env={"UV_CACHE_DIR": str(self._cache)} | env)

    def target(self, place):
        self._pip("--target", place)
        return place

    def target_upgraded(self, place):
        self._pip("--target", place)
        self._pip("--upgrade", "--target", place)
        return place

    def target_moved(self, place):
        self._pip("--target", f"{place}-before")
        Path(f"{place}-before").rename(place)
        return place

    def user(self, place):
        self._pip("--user", env={"PYTHONUSERBASE": str(place)})
        return parent_of_package(place)

    def prefix(self, place):
        self._pip("--prefix", place)
        return parent_of_package(place)

    def uv_target(self, place):
        self._uv("--target", place)
        return place

    def uv_prefix(self, place):
        self._uv("--prefix", place)
        return parent_of_package(place)

    def uv_links(self, place):
        self._uv("--target", place, env={"UV_LINK_MODE": "symlink"})
        return place


def parent_of_package(place):
    (file,) = place.glob("**/covenv/under.py")
    return file.parents[1]


@pytest.mark.parametrize("installer, name", [
    *((name, "plain") for name in vars(Installer) if not name.startswith("_")),
    *((installer, name) for name in NAMES for installer in ("target", "uv_prefix")),
])
def test_the_plugin_and_the_module_work(tmp_path, wheel, tools, installer, name):
    site = getattr(Installer(wheel, tools, tmp_path / "cache"), installer)(tmp_path / name)
    # A PYTHONPATH cannot express a colon.
    link = tmp_path / "site"
    link.symlink_to(site)
    (tmp_path / "project").mkdir()
    variables = {"PATH": os.defpath, "PYTHONPATH": str(link if ":" in name else site)}
    project = PluginProject(tmp_path / "project", python_of("programs"), variables)
    project.use_shop()
    shows = ["sh", "-c", "grep -c 'libcovenv.so$' /proc/self/maps"]
    told = project.result(project.python, "-m", "covenv", "run", "--quiet", "--", *shows)
    assert told.returncode == 0, told.stdout
    report = project.pytest("--covenv")
    assert "has no effect" not in report.output and report.percent("server.py") >= 95
