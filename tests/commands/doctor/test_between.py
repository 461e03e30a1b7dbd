# SPDX-License-Identifier: MIT
"""Programs between the shell and pytest: the Python that `covenv doctor` finds behind them, or guesses, and says so."""

import os

import pytest
from conftest import NEW, OLD, Answer
from user_project import python_of

PYTHON = python_of(OLD)


def examined(patient, *command, env={}):
    return Answer(patient.examined("--json", "--", *command, env=env))


@pytest.mark.parametrize("line", [
    f"\t@{PYTHON} -m pytest --cov\n", f"\t{PYTHON.parent}/pytest --cov -q | tee log\n",
])
def test_the_python_of_a_makefile(patient, line):
    patient.write("Makefile", "test: build\n" + line)
    answer = examined(patient, "make", "test")
    answer.nothing()
    assert answer.report["coverage"].startswith("7.9")


def test_a_defect_in_a_makefile(patient):
    makefile = patient.write("Makefile", f"test:\n\t{PYTHON} -m pytest\n")
    finding = examined(patient, "make", "test").only("not-measured")
    assert finding["where"] == "Makefile:2"
    makefile.write_text(makefile.read_text().replace("-m pytest", "-m pytest --cov"))
    examined(patient, "make", "test").nothing()


def script(patient, name, text):
    path = patient.write(name, text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("command", [["./run-tests"], ["sh", "run-tests"]])
def test_the_python_of_a_shell_script(patient, command):
    script(patient, "run-tests", f"#!/bin/sh\nset -e\n. {PYTHON.parent}/activate\npytest --cov\n")
    answer = examined(patient, *command)
    answer.nothing()
    assert answer.report["coverage"].startswith("7.9")


def test_a_defect_in_a_shell_script(patient):
    script(patient, "run-tests", f"#!/bin/sh\n. {PYTHON.parent}/activate\npytest --cov=nowhere\n")
    (patient.folder / "shop.py").write_text("answer = 42\n")
    finding = examined(patient, "./run-tests").only("source-misspelt")
    assert (finding["where"], finding["fix"]) == ("./run-tests:3", "--cov=shop")
    script(patient, "run-tests", f"#!/bin/sh\n. {PYTHON.parent}/activate\npytest --cov=shop\n")
    examined(patient, "./run-tests").nothing()


@pytest.mark.parametrize("manager", ["uv", "poetry", "pdm", "hatch"])
def test_the_environment_of_a_manager(patient, manager):
    (patient.folder / ".venv").symlink_to(PYTHON.parent.parent)
    answer = examined(patient, manager, "run", "pytest", "--cov")
    answer.nothing()
    assert answer.report["coverage"].startswith("7.9")


@pytest.mark.parametrize("manager", ["uv", "poetry", "pdm", "hatch"])
def test_a_manager_without_an_environment_is_a_guess(patient, own_venv, manager):
    python, _ = own_venv()
    script(patient, "python3", f'#!/bin/sh\nexec {python} "$@"\n')
    (patient.folder / "pytest").write_text(f"#!{python}\n")
    (patient.folder / "pytest").chmod(0o755)
    path = {"PATH": f"{patient.folder}:{os.environ['PATH']}"}
    finding = examined(patient, manager, "run", "pytest", "--cov", env=path).only("coverage-missing")
    assert finding["level"] == "warning"
    assert finding["what"].startswith("if the command uses this Python, which it does not name")
    # The fix names the Python.
    examined(patient, python_of(NEW), "-m", "pytest", "--cov", env=path).nothing()


@pytest.mark.parametrize("manager, option", [("tox", "-e"), ("nox", "-s")])
def test_the_environment_that_is_named(patient, manager, option):
    for name, stack in (("first", NEW), ("second", OLD)):
        (patient.folder / f".{manager}").mkdir(exist_ok=True)
        (patient.folder / f".{manager}" / name).symlink_to(python_of(stack).parent.parent)
    answer = examined(patient, manager, option, "second")
    answer.nothing()
    assert answer.report["coverage"].startswith("7.9")
