# SPDX-License-Identifier: MIT
"""The wheel: built, taken by auditwheel, and installed in an environment that knows nothing of this checkout."""

import os
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT, PluginProject
from user_project import python_of

DEADLINE = 1800


def run(*command, env={}):
    theirs = ("COV", "PYTEST", "PIP", "PYTHON")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    result = subprocess.run(
        [*map(str, command)], env=variables | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=DEADLINE)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="session")
def built_wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    # The build folder is kept, so that the next run compiles what has changed.
    run(python_of("wheel"), "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder,
        "--config-settings", f"build-dir={ROOT}/build/wheel", ROOT)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="session")
def wheel(built_wheel, tmp_path_factory):
    """The Path of the wheel that auditwheel has made of the built one."""
    folder = tmp_path_factory.mktemp("repaired")
    python = python_of("wheel")
    platform = f"manylinux_2_17_{os.uname().machine}"
    run(python, "-m", "auditwheel", "repair", "--plat", platform, "--wheel-dir", folder, built_wheel,
        env={"PATH": f"{python.parent}:{os.environ['PATH']}"})
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory):
    """The folder of a fresh virtual environment with the wheel, pytest-cov and xdist."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", wheel, "pytest-cov", "pytest-xdist")
    return folder


@pytest.fixture
def project(tmp_path, environment):
    project = PluginProject(tmp_path, environment / "bin" / "python", {"PATH": os.defpath})
    project.use_shop()
    return project


def test_it_needs_nothing_of_the_machine(built_wheel):
    shown = " ".join(run(python_of("wheel"), "-m", "auditwheel", "show", built_wheel).split())
    assert "requires no external shared libraries" in shown
    assert "references no external versioned symbols" in shown


def test_it_is_a_manylinux_wheel_for_each_python(wheel):
    assert wheel.name.startswith("covenv-") and "-py3-none-manylinux" in wheel.name
    assert f"manylinux_2_17_{os.uname().machine}" in wheel.name


def test_what_is_in_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if ".dist-info/" not in name and not name.endswith("/")]
    names = {name.partition(".data/")[2] or name for name in files}
    assert {"scripts/covenv", "scripts/sigforward", "data/lib/libcovenv.so", "data/share/man/man1/covenv.1"} <= names
    assert all(name.startswith(("scripts/", "data/lib/libcovenv.so", "data/share/", "covenv/")) for name in names)


def test_no_path_of_the_build_is_in_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            assert os.fsencode(ROOT) not in archive.read(name), name


def test_the_programs_find_the_library(environment):
    programs = environment / "bin"
    library = environment / "lib" / "libcovenv.so"
    assert run(programs / "covenv", "env") == f"export LD_PRELOAD='{library}'\n"
    for program in [programs / "covenv", "run"], [programs / "sigforward"]:
        assert run(*program, "--", "printenv", "LD_PRELOAD").splitlines()[0] == str(library)


def test_pytest_covenv_keeps_the_shop(project):
    assert project.pytest("--covenv").percent("server.py") >= 95


def test_without_it_the_shop_is_lost(project):
    assert project.pytest().percent("server.py") == 0


def test_with_xdist(project):
    assert project.pytest("--covenv", "-n", 2).percent("server.py") >= 95


def test_uninstalled_nothing_is_left(wheel, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path)
    before = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts and path.is_file()}
    pip = [tmp_path / "bin" / "python", "-m", "pip"]
    run(*pip, "install", "--quiet", "--no-deps", wheel)
    run(*pip, "uninstall", "--quiet", "--yes", "covenv")
    after = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts and path.is_file()}
    assert after == before
