# SPDX-License-Identifier: MIT
"""`covenv doctor` finds nothing in a project that is in order, and what it says of its own child is true."""

import json
import os
import pty
import shutil
import subprocess

import pytest
from conftest import NEW, OLD
from user_project import python_of

CONFIGURATIONS = {
    ".coveragerc": "[run]\nbranch = true\n",
    "setup.cfg": "[coverage:run]\nbranch = true\n",
    "tox.ini": "[coverage:run]\nbranch = true\n",
    "pyproject.toml": "[tool.coverage.run]\nbranch = true\n",
}


@pytest.mark.parametrize("stack", [OLD, NEW])
def test_an_empty_project(patient, stack):
    answer = patient.doctor(venv=stack)
    answer.nothing()
    assert answer.report["interpreter"] == str(python_of(stack))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_each_configuration_file(patient, name):
    patient.write(name, CONFIGURATIONS[name])
    answer = patient.doctor()
    answer.nothing()
    assert answer.report["config_file"] == name


@pytest.mark.parametrize("stack", [OLD, NEW])
def test_files_that_do_not_configure_coverage(patient, stack):
    patient.write("setup.cfg", "[metadata]\nname = shop\n")
    patient.write("tox.ini", "[pytest]\naddopts = -q\n")
    patient.write("pyproject.toml", "[project]\nname = 'shop'\n")
    (patient.folder / "coverage").mkdir()
    answer = patient.doctor(venv=stack)
    answer.nothing()
    assert answer.report["config_file"] == ""


def test_patch_subprocess_with_everything_that_can_be_set(patient):
    patient.write(".coveragerc", """
        [run]
        patch = subprocess
        parallel = true
        sigterm = true
        relative_files = true
        omit = */tests/*
        concurrency = thread,multiprocessing
    """)
    patient.doctor().nothing()


def test_coverage_run_in_parallel(patient):
    patient.write(".coveragerc", "[run]\nparallel = true\n")
    patient.doctor("coverage", "run", "-m", "pytest").nothing()


def test_a_configuration_that_is_named(patient):
    patient.write("ci.cfg", "[run]\nbranch = true\n")
    answer = patient.doctor("pytest", "--cov", "--cov-config=ci.cfg", venv=OLD)
    answer.nothing()
    assert answer.report["config_file"] == "ci.cfg"


def test_children_that_are_configured_by_hand(patient):
    rc = patient.write(".coveragerc", f"[run]\nparallel = true\ndata_file = {patient.folder}/.coverage\n")
    patient.doctor(env={"COVERAGE_PROCESS_START": str(rc)}).nothing()


PACKAGE = {"shop/__init__.py": "", "shop/core.py": "answer = 42\n", "tests/test_core.py": "def test_core(): pass\n"}
BELOW_SRC = {"src/" + name if name.startswith("shop") else name: text for name, text in PACKAGE.items()}
# Files of a project, and what pytest is given.
LAYOUTS = {
    "a package": (PACKAGE, "--cov=shop"),
    "a folder": (PACKAGE, "--cov=."),
    "a module of a package": (PACKAGE, "--cov=shop.core"),
    "two sources": (PACKAGE, "--cov=shop --cov=tests"),
    "no filter": (PACKAGE, "--cov="),
    "one module": ({"shop.py": "answer = 42\n"}, "--cov=shop"),
    "src": (BELOW_SRC, "--cov=src"),
    "src, the package": (BELOW_SRC, "--cov=shop"),
    "src, pythonpath": ({**BELOW_SRC, "pytest.ini": "[pytest]\npythonpath = src\n"}, "--cov=shop"),
    "src, the folder of the package": (BELOW_SRC, "--cov=src/shop"),
    "src, and a module of this name in the tests": ({**BELOW_SRC, "tests/apps/shop.py": "answer = 42\n"}, "--cov=shop"),
    "src, source_pkgs": ({**BELOW_SRC, ".coveragerc": "[run]\nsource_pkgs = shop\n"}, "--cov"),
    "a namespace": ({"company/shop/core.py": "answer = 42\n"}, "--cov=company.shop"),
    "a namespace, source_pkgs": (
        {"company/shop/core.py": "answer = 42\n", ".coveragerc": "[run]\nsource_pkgs = company\n"}, "--cov"),
    "a namespace below src": (
        {"src/company/shop/core.py": "answer = 42\n", "pytest.ini": "[pytest]\npythonpath = src\n"},
        "--cov=company.shop"),
    "a folder that conftest.py adds": ({"lib/core/shop.py": "answer = 42\n"}, "--cov=shop"),
    "scripts": ({"bin/shop": "#!/usr/bin/env python3\nanswer = 42\n", "bin/notes": "none\n"}, "--cov=bin"),
    "an installed package": (PACKAGE, "--cov=iniconfig"),
    "tests alone": ({"tests/test_core.py": "def test_core(): pass\n"}, "--cov=tests"),
    "omit some": ({**PACKAGE, ".coveragerc": "[run]\nomit =\n  tests/*\n  shop/__init__.py\n"}, "--cov"),
    "omit in the report": ({**PACKAGE, ".coveragerc": "[report]\nomit = tests/*\n"}, "--cov"),
    "include some": ({**PACKAGE, ".coveragerc": "[run]\ninclude = shop/*\n"}, "--cov"),
    "exclude some": (
        {**PACKAGE, ".coveragerc": "[report]\nexclude_also =\n  def __repr__\n  if TYPE_CHECKING:\n"}, "--cov"),
    "paths": ({**PACKAGE, ".coveragerc": "[paths]\nsource =\n  shop\n  */site-packages/shop\n"}, "--cov"),
    "another plugin is blocked": (PACKAGE, "--cov -p no:cacheprovider"),
}


# The same for pytest's configuration. Only pytest 9 reads TOML as such.
ADDOPTS = {
    "pyproject.toml, a list": ({"pyproject.toml": '[tool.pytest]\naddopts = ["--cov=shop"]\n'}, ""),
    "pyproject.toml, as in an ini file": (
        {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--cov=shop'\n"}, "-q"),
    "pytest.toml": ({"pytest.toml": '[pytest]\naddopts = ["--cov=shop"]\n'}, ""),
    "another file": ({"ci/p.ini": "[pytest]\naddopts = --cov=shop\n"}, "-c ci/p.ini"),
    "an option": ({}, "-o addopts=--cov=shop"),
    "the tests' folder": ({"tests/pytest.ini": "[pytest]\naddopts = --cov=shop\n"}, "tests"),
    "the folder above the tests": (
        {"tests/unit/test_a.py": "", "tests/tox.ini": "[pytest]\naddopts = --cov=shop\n"}, "tests/unit"),
    "a --cov without a name": ({"pytest.ini": "[pytest]\naddopts = --cov\n"}, ""),
    "the option --rootdir": ({"tests/pytest.ini": "[pytest]\naddopts = --cov=shop\n"}, "--rootdir=. tests"),
}
LAYOUTS.update({"addopts, " + name: ({**PACKAGE, **files}, words) for name, (files, words) in ADDOPTS.items()})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout(patient, layout):
    files, words = LAYOUTS[layout]
    for name, text in files.items():
        (patient.folder / name).parent.mkdir(parents=True, exist_ok=True)
        patient.write(name, text)
    patient.doctor("pytest", *words.split()).nothing()


@pytest.mark.parametrize("name, text", [
    (".coveragerc", "[run]\nomit = */covenv-doctor-*/*\n"),
    ("pyproject.toml", "[tool.coverage.run]\nbranch = true\nomit = ['*/covenv-doctor-*/*']\n"),
])
def test_omit_that_fits_the_temporary_folder(patient, name, text):
    patient.write(name, text)
    patient.doctor("pytest", "--cov", f"--cov-config={name}", venv=OLD).nothing()
    rc = patient.folder / name
    own = f"parallel = true\ndata_file = '{patient.folder}/.coverage'\n".replace("'", "'" if "toml" in name else "")
    rc.write_text(text + own)
    patient.doctor(env={"COVERAGE_PROCESS_START": str(rc)}).nothing()


@pytest.mark.parametrize("stack", ["pytest-cov-4", OLD, NEW])
def test_addopts_as_other_versions_of_pytest_read_them(patient, stack):
    (patient.folder / "ci").mkdir()
    patient.write("ci/p.ini", "[pytest]\naddopts = --cov\n")
    patient.doctor("pytest", "-c", "ci/p.ini", venv=stack).nothing()
    assert patient.doctor("pytest", venv=stack).checks() == ["not-measured"]


def test_it_imports_no_file_of_the_project(patient):
    (patient.folder / "shop").mkdir()
    for name in ("__init__", "core"):
        patient.write(f"shop/{name}.py", "open('imported', 'w')\n")
    patient.write("conftest.py", "open('imported', 'w')\n")
    for source in ("--cov", "--cov=shop", "--cov=shop.core"):
        patient.doctor("pytest", source).nothing()
        patient.doctor("pytest", source, "-p", "conftest").nothing()
    assert sorted(path.name for path in patient.folder.iterdir()) == ["conftest.py", "shop"]


def test_it_leaves_nothing_behind(patient):
    rc = patient.write(".coveragerc", f"[run]\nparallel = true\ndata_file = {patient.folder}/.coverage\n")
    temporary = patient.folder.parent / "tmp"
    temporary.mkdir()
    patient.doctor(env={"COVERAGE_PROCESS_START": str(rc), "TMPDIR": str(temporary)})
    assert [path.name for path in patient.folder.iterdir()] == [".coveragerc"]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("words", [["bin/pytest", "--cov"], ["bin/coverage", "run", "-p", "-m", "pytest"]])
def test_the_interpreter_is_that_of_the_script(patient, words):
    command = [python_of(OLD).parent.parent / words[0], *words[1:]]
    result = patient.examined("--", *command, status=0)
    assert "pytest-cov 6." in result.stdout


def test_the_interpreter_is_that_of_the_virtual_environment(patient):
    result = patient.examined(env={"VIRTUAL_ENV": str(python_of(OLD).parent.parent)}, status=0)
    assert "pytest-cov 6." in result.stdout


def test_the_interpreter_is_that_of_tox(patient):
    tox = patient.folder / ".tox"
    tox.mkdir()
    (tox / "py").symlink_to(python_of(OLD).parent.parent)
    result = patient.examined("--", "tox", "-e", "py", status=0)
    assert "pytest-cov 6." in result.stdout


def test_the_text_says_what_a_child_carries(patient):
    result = patient.examined("--", python_of(NEW), "-m", "pytest", "--cov", status=0)
    first, last = result.stdout.splitlines()
    assert first == "nothing found"
    assert last.startswith(
        "probe: a child with env={} carries COVENV_PYTHON COVENV_RUN COVENV_SOURCE COVENV_TRACER "
        "COVERAGE_PROCESS_CONFIG LD_PRELOAD; killed, its coverage is saved, measured by coverage's tracer alone")
    assert "\033" not in result.stdout


@pytest.mark.parametrize("settings, why", [
    ("dynamic_context = test_function", "by whole coverage, because of its settings, tracer or version"),
    ("core = pytrace", "by whole coverage, because of its settings, tracer or version"),
    ("branch = true", "by coverage's tracer alone"),
], ids=["dynamic_context", "core", "branch"])
def test_says_by_what_a_child_is_measured(patient, settings, why):
    patient.write(".coveragerc", f"[run]\n{settings}\n")
    result = patient.examined("--json", "--", python_of(NEW), "-m", "pytest", "--cov", status=0)
    assert json.loads(result.stdout)["probe"]["measured"] == why


def test_colour_is_for_a_terminal(patient):
    ours, theirs = pty.openpty()
    command = [patient.covenv, "doctor", "--", python_of(NEW), "-m", "pytest"]
    subprocess.run([*map(str, command)], cwd=patient.folder, stdout=theirs, timeout=patient.deadline)
    os.close(theirs)
    assert os.read(ours, 1 << 16).startswith(b"\033[1;31merror\033[0m: this command measures nothing")
    os.close(ours)


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--program"]])
def test_called_wrongly(patient, arguments):
    assert patient.examined(*arguments, status=125).stderr.startswith("covenv: doctor")


def test_no_python(patient):
    result = patient.examined(env={"PATH": str(patient.folder)}, status=125)
    assert "no Python" in result.stderr


def test_a_python_that_does_not_work(patient):
    python = patient.write("python3", "#!/bin/sh\necho broken >&2\nexit 3\n")
    python.chmod(0o755)
    result = patient.examined("--", python, "-m", "pytest", status=125)
    assert result.stderr.endswith(": broken\n")


def test_without_the_library(patient, tmp_path):
    (tmp_path / "elsewhere" / "bin").mkdir(parents=True)
    patient.covenv = shutil.copy(patient.covenv, tmp_path / "elsewhere" / "bin")
    answer = patient.doctor()
    assert answer.checks() == ["library-missing", "child-lost"]
    assert not answer.report["probe"]["saved"]
