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


# Each leads to the Python of a virtual environment, whose coverage is older than that of the Python along PATH.
BETWEEN = {
    "make -C": (["make", "-C", "app", "test"], {"app/Makefile": "test:\n\t{python} -m pytest --cov\n"}),
    "make -f": (["make", "-f", "tests.mk", "-j", "4"], {"tests.mk": "all: unit\nunit:\n\t{python} -m pytest --cov\n"}),
    "make VAR=": (["make", "PY={python}"], {"Makefile": "PY = python3\ntest:\n\t$(PY) -m pytest --cov\n"}),
    "make, activate": (["make", "-C", "app"], {"app/Makefile": "test:\n\t. {folder}/activate && pytest --cov\n"}),
    "make, cd": (["make"], {"Makefile": "test:\n\tcd app && {python} -m pytest --cov\n", "app/x": ""}),
    "bash -c": (["bash", "-c", "echo pytest; {python} -m pytest --cov"], {}),
    "bash -euo pipefail -c": (["bash", "-euo", "pipefail", "-c", ". {folder}/activate; pytest --cov | cat"], {}),
    "env": (["env", "X=Y", "{python}", "-m", "pytest", "--cov"], {}),
    "env PATH": (["env", "PATH={folder}:/usr/bin:/bin", "pytest", "--cov"], {}),
    "timeout": (["timeout", "-k", "5", "60", "{python}", "-m", "pytest", "--cov"], {}),
    "time, nice": (["time", "nice", "-n", "3", "{python}", "-m", "pytest", "--cov"], {}),
    "timeout, make": (["timeout", "60", "make"], {"Makefile": "test:\n\tnice {python} -m pytest --cov\n"}),
    "covenv run": (["covenv", "run", "--kill", "save", "--", "make"], {"Makefile": "test:\n\t{python} -m pytest --cov\n"}),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_the_python_behind_what_stands_between(patient, name):
    command, files = BETWEEN[name]
    words = {"python": PYTHON, "folder": PYTHON.parent}
    for path, text in files.items():
        (patient.folder / path).parent.mkdir(exist_ok=True)
        patient.write(path, text.format(**words))
    answer = examined(patient, *(word.format(**words) for word in command))
    answer.nothing()
    assert answer.report["coverage"].startswith("7.9")


def test_the_folder_and_the_variables_are_those_of_the_command(patient):
    (patient.folder / "app").mkdir()
    patient.write("app/setup.cfg", "[coverage:run]\nbranch = true\n")
    patient.write("app/Makefile", f"test:\n\tenv COVENV_KILL=off {PYTHON} -m pytest --cov\n")
    answer = examined(patient, "make", "-C", "app")
    assert "kill-off" in answer.checks()
    assert answer.report["config_file"].endswith("setup.cfg")


def test_sudo_in_between_is_named(patient):
    answer = examined(patient, "timeout", "60", "sudo", "-E", PYTHON, "-m", "pytest", "--cov")
    assert answer.checks() == ([] if os.geteuid() == 0 else ["preload-sudo"])
    assert answer.report["coverage"].startswith("7.9")


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
