# SPDX-License-Identifier: MIT
"""What `cmake --install` puts into a prefix, and a project that finds it there."""

import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def run(*command):
    done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", request.config.getoption("--build-dir"), "--prefix", folder)
    return folder


def test_a_project_finds_the_library(prefix, tmp_path):
    wanted = re.search(r"project\(covenv VERSION (\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text())[1]
    run("cmake", "-S", HERE / "project", "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DWANTED={wanted}")
    told = run("ctest", "--test-dir", tmp_path, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 4" in told


def test_another_version_is_not_taken(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(other LANGUAGES NONE)\nfind_package(covenv 9.0 REQUIRED)\n")
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
                          capture_output=True, text=True)
    assert done.returncode != 0
    assert 'requested version "9.0"' in done.stderr


def test_the_files(prefix):
    found = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file()}
    assert {"bin/covenv", "bin/sigforward", "share/doc/covenv/LICENSE", "share/man/man1/covenv.1"} <= found
    assert [path for path in found if path.endswith("libcovenv.so")] == [
        path for path in found if path.startswith("lib") and path.endswith(".so")]


@pytest.mark.parametrize("file", ["bin/covenv", "bin/sigforward", "*/**/libcovenv.so"])
def test_the_programs_have_no_symbols_of_their_own(prefix, file):
    [path] = prefix.glob(file)
    assert ".symtab" not in run("readelf", "--wide", "--sections", path)
