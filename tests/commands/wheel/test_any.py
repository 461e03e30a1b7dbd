# SPDX-License-Identifier: MIT
"""The wheel for platforms without covenv, and the source distribution: both quick to make."""

import os
import re
import shutil
import subprocess
import tarfile
import zipfile

import pytest
from conftest import ROOT, PluginProject
from packages import artefact, package, run, tool
from user_project import python_of


@pytest.fixture(scope="module", autouse=True)
def packaged():
    package("sdist", "wheel-any")


@pytest.fixture(scope="module")
def wheel():
    return artefact("covenv-*-any.whl")


@pytest.fixture(scope="module")
def version():
    return re.search(r"project\(covenv VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def test_one_version_everywhere(version, covenv, sigforward, wheel):
    assert [run(program, "--version").split()[-1] for program in (covenv, sigforward)] == [version, version]
    assert wheel.name == f"covenv-{version}-py3-none-any.whl"
    assert artefact("*.tar.gz").name == f"covenv-{version}.tar.gz"
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1] == version


def test_the_metadata_are_such_as_an_index_takes(wheel):
    tool("twine", "check", "--strict", wheel, artefact("*.tar.gz"))
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        metadata, _, text = archive.read(name).decode().partition("\n\n")
        licence = archive.read(name.replace("METADATA", "licenses/LICENSE"))
    told = set(metadata.splitlines())
    assert {"Author: The covenv authors", "Requires-Python: >=3.8", "Classifier: Framework :: Pytest"} <= told
    known = tool("trove_classifiers").splitlines()
    classifiers = re.findall("^Classifier: (.*)", metadata, re.M)
    assert classifiers and set(classifiers) <= set(known)
    # PEP 639: an expression and the files, of Metadata 2.4 on, and no classifier beside them.
    assert {"License-Expression: MIT", "License-File: LICENSE"} <= told
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert re.search(r"^Metadata-Version: 2\.([4-9]|\d\d)$", metadata, re.M)
    assert not [name for name in classifiers if name.startswith("License ::")]
    # An index page shows neither.
    assert not re.search(r"!\[|\]\((?!https:)", text)


def test_it_holds_the_plugin_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert files == {f"covenv/{path.name}" for path in (ROOT / "wrapper" / "python" / "covenv").glob("*.py")}


# Covenv alone sees this platform, because pytest fails on a Linux that calls itself another.
FAKE = """
import sys
import types

import covenv.under

covenv.under.sys = types.SimpleNamespace(**{{**vars(sys), "platform": "{}"}})
"""


class Elsewhere(PluginProject):
    """A user's project on another platform, with the wheel for any platform installed."""

    def __init__(self, folder, wheel, platform):
        site = folder / "site"
        tool("pip", "install", "--quiet", "--no-index", "--no-deps", "--target", site, wheel)
        if platform:
            (site / "another_platform.py").write_text(FAKE.format(platform))
        (folder / "empty").mkdir()
        project = folder / "project"
        project.mkdir()
        super().__init__(project, python_of("programs"), {"PYTHONPATH": str(site), "PATH": str(folder / "empty")})

    def verdict(self, *arguments):
        """The status, what pytest prints but for covenv's line, and that line."""
        plugins = ["-p", "no:cacheprovider", "-p", "another_platform"]
        result = self.result(self.python, "-m", "pytest", *plugins, *arguments)
        lines = re.sub(r"=* ?(.*) in \d+\.\d+s.*", r"\1 in TIME", result.stdout).splitlines()
        told = [line for line in lines if "has no effect" in line]
        return (result.returncode, [line for line in lines if line not in told and "plugins:" not in line]), told


@pytest.fixture
def elsewhere(tmp_path, wheel):
    return lambda platform: Elsewhere(tmp_path, wheel, platform)


SUITE = """
    import pytest

    def test_it(): pass

    def test_that_fails(): assert 0

    @pytest.mark.xfail(reason="an outcome of each kind is compared")
    def test_expected(): assert 0
"""


@pytest.mark.parametrize("arguments", [(), ("-q",), ("-W", "error"), ("-n", "1")], ids=str)
@pytest.mark.parametrize("platform", ["darwin", "freebsd14"])
def test_elsewhere_the_suite_runs_as_without_it(elsewhere, platform, arguments):
    project = elsewhere(platform)
    project.write("test_it.py", SUITE)
    project.write("pytest.ini", "[pytest]\naddopts = --strict-config --strict-markers\n")
    bare, told = project.verdict(*arguments)
    assert bare[0] == 1 and told == []
    project.write("pytest.ini", "[pytest]\naddopts = --strict-config --strict-markers\ncovenv = true\n")
    under, told = project.verdict(*arguments)
    assert under == bare
    assert told == [f"--covenv has no effect: covenv works on Linux alone, and this is {platform}"]


@pytest.mark.parametrize("arguments", [(), ("-W", "error")], ids=str)
def test_on_a_linux_without_programs_the_suite_runs(elsewhere, arguments):
    project = elsewhere(None)
    project.write("test_it.py", "def test_it(): pass")
    result = project.result(project.python, "-m", "pytest", "--covenv", *arguments)
    assert result.returncode == 0, result.stdout
    assert "--covenv has no effect: there is no covenv beside this Python or on PATH" in result.stdout
    assert "pip install --no-binary covenv covenv" in result.stdout


@pytest.mark.parametrize("platform, reason", [
    (None, "there is no covenv beside this Python or on PATH"),
    ("darwin", "covenv works on Linux alone, and this is darwin"),
])
def test_without_programs_the_module_says_why(elsewhere, platform, reason):
    project = elsewhere(platform)
    command = f"{'import another_platform; ' if platform else ''}import runpy; runpy.run_module('covenv')"
    result = project.result(project.python, "-c", command)
    assert result.returncode == 125 and result.stdout.startswith(f"covenv: {reason}"), result.stdout


def test_a_package_in_an_archive_says_that_nothing_can_be_started_there(tmp_path, wheel):
    project = PluginProject(tmp_path, python_of("programs"), {"PYTHONPATH": str(wheel), "PATH": str(tmp_path)})
    project.write("test_it.py", "def test_it(): pass")
    result = project.result(project.python, "-m", "covenv", "version")
    reason = f"{wheel} is an archive, from which no program can be started: install covenv into a folder\n"
    assert (result.returncode, result.stdout) == (125, f"covenv: {reason}")
    result = project.result(project.python, "-m", "pytest", "--covenv", "-p", "no:cacheprovider")
    assert result.returncode == 0 and f"--covenv has no effect: {reason}" in result.stdout, result.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(artefact("*.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    [source] = folder.iterdir()
    return source


def configure(source, build, *options, through=()):
    """What CMake says when it fails."""
    variables = {name: value for name, value in os.environ.items() if name not in ("CC", "CXX")}
    done = subprocess.run([*through, "cmake", "-S", source, "-B", build, "-G", "Ninja", *options], env=variables,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode != 0
    return done.stderr


def test_all_that_the_build_lacks_is_said_at_once(source, tmp_path):
    hidden = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("spdlog", "CLI11", "nlohmann_json", "Boost")]
    told = configure(source, tmp_path / "build", *hidden, "-DCOVENV_HAS_STATIC_LIBRARIES=OFF")
    assert told.count("CMake Error") == 1
    assert "apt-get install libc6-dev libboost-dev libcli11-dev nlohmann-json3-dev libspdlog-dev" in told
    assert "dnf install glibc-static libstdc++-static boost-devel cli11-devel json-devel spdlog-devel" in told
    assert "g++" not in told


def test_a_missing_compiler_is_said_with_all_that_the_build_needs(source, tmp_path):
    compilers = {os.path.realpath(path) for path in map(shutil.which, ("c++", "g++", "clang++")) if path}
    assert compilers
    hide = [part for path in sorted(compilers) for part in ("--ro-bind", "/dev/null", path)]
    told = configure(source, tmp_path / "build", through=["bwrap", "--dev-bind", "/", "/", *hide])
    assert told.count("CMake Error") == 1
    assert "apt-get install g++ libc6-dev libboost-dev" in told and "dnf install gcc-c++ glibc-static" in told
