# SPDX-License-Identifier: MIT
"""The wheel that scripts/package makes, by each installer and in folders of any name: what it brings works there."""

import os
import resource
import sys
from pathlib import Path

import pytest
from conftest import PluginProject
from packages import artefact, run, tool
from user_project import python_of

pytestmark = pytest.mark.usefixtures("packaged")

# What separates the entries of LD_PRELOAD, what ld.so replaces, and what a shell reads.
NAMES = ["a blank", "a:colon", "$ORIGIN", "${LIB}", "'quotes\" of both", "back\\slash", "Größe"]
SHOWS = ["sh", "-c", "grep -m 1 -o 'libcovenv.so$' /proc/self/maps"]


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
    told = project.result(project.python, "-m", "covenv", "run", "--quiet", "--", *SHOWS)
    assert (told.returncode, told.stdout) == (0, "libcovenv.so\n")
    report = project.pytest("--covenv")
    assert "has no effect" not in report.output and report.percent("server.py") >= 95


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("program", [["covenv", "run", "--quiet"], ["sigforward"]], ids=lambda words: words[0])
def test_the_programs_preload_the_library(tmp_path, wheel, tools, program, name):
    site = Installer(wheel, tools, tmp_path / "cache").target(tmp_path / name)
    assert run(site / "bin" / program[0], *program[1:], "--", *SHOWS) == "libcovenv.so\n"


def pipx(tools, wheel, folder):
    env = {"PIPX_HOME": str(folder / "home"), "PIPX_BIN_DIR": str(folder / "bin")}
    run(tools / "pipx", "install", wheel, env=env)
    return folder / "bin" / "covenv", {}


def uv_tool(tools, wheel, folder):
    env = {"UV_TOOL_DIR": folder / "tools", "UV_TOOL_BIN_DIR": folder / "bin", "UV_CACHE_DIR": folder / "cache"}
    run(tools / "uv", "tool", "install", "--no-index", wheel, env={name: str(path) for name, path in env.items()})
    return folder / "bin" / "covenv", {}


def pex(tools, wheel, folder):
    env = {"PEX_ROOT": str(folder / "root")}
    run(tools / "pex", "--no-index", wheel, "-o", folder / "app", env=env)
    return folder / "app", env | {"PEX_SCRIPT": "covenv"}


def shiv(tools, wheel, folder):
    run(tools / "shiv", "--no-index", wheel, "-e", "covenv.__main__", "-o", folder / "app")
    return folder / "app", {"SHIV_ROOT": str(folder / "root")}


@pytest.mark.parametrize("make", [pipx, uv_tool, pex, shiv], ids=lambda make: make.__name__)
def test_a_program_of_its_own_starts_covenv(tmp_path, wheel, tools, make):
    program, env = make(tools, wheel, tmp_path)
    assert run(program, "run", "--quiet", "--", *SHOWS, env=env) == "libcovenv.so\n"


def test_a_user_compiles_it_in_two_minutes_of_processor_time(tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    tool("pip", "install", "--no-build-isolation", "--no-deps", "--no-index", "--no-cache-dir", "--target", tmp_path,
         artefact("*.tar.gz"), env={"CCACHE_DISABLE": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert run(tmp_path / "bin" / "covenv", "run", "--quiet", "--", *SHOWS) == "libcovenv.so\n"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 120
