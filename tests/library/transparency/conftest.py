# SPDX-License-Identifier: MIT
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import target_folder
from exec_runs import CONTEXTS, FORMS_EVERYWHERE, RUNNER, SESSION, run_probe


def programs_of(config):
    return Path(config.getoption("--build-dir")).resolve() / "tests"


def listed(config, program):
    """The cases (dicts) that `program --list` prints. Raises UsageError if the program has not been built."""
    path = programs_of(config) / program
    if not path.exists():
        raise pytest.UsageError(f"{path} is missing: build the tests first")
    lines = subprocess.run([path, "--list"], capture_output=True, check=True, timeout=60).stdout.splitlines()
    return [json.loads(line) for line in lines]


def made_in(case, context):
    """True if a case is called from this context.

    Main and a vfork child call all cases. The other contexts call those that depend on the stack or on locks.
    """
    form = case["case"].split("/")[1]
    if context == "main":
        return True
    if context == "vfork":
        return form != "environment_just_fits"  # slow, and decided as in main
    return form.startswith(FORMS_EVERYWHERE) and "deep" not in case["traits"]


def exec_parameters(config):
    for case in listed(config, "exec_probe"):
        for context in CONTEXTS:
            if made_in(case, context):
                yield pytest.param(case["case"], context, id=f"{case['case']}-{context}")


def pytest_generate_tests(metafunc):
    if {"exec_case", "context"} <= set(metafunc.fixturenames):
        metafunc.parametrize("exec_case, context", list(exec_parameters(metafunc.config)))
    if "signal_case" in metafunc.fixturenames:
        cases = listed(metafunc.config, "signal_probe")
        metafunc.parametrize("signal_case", [case["case"] for case in cases if "asks" not in case])
    if "asked_case" in metafunc.fixturenames:
        cases = [case for case in listed(metafunc.config, "signal_probe") if "asks" in case]
        metafunc.parametrize("asked_case", cases, ids=[case["case"] for case in cases])


@pytest.fixture(scope="session", autouse=True)
def in_session(session_variables):
    """Adds the variables of a session (--session) to the environment of all runs, with the library and without."""
    RUNNER.update(session_variables)
    SESSION.update(session_variables)


@pytest.fixture(scope="session")
def programs(request):
    return programs_of(request.config)


def selected(request, parameter):
    """The values of a parameter in all selected tests, in their order."""
    parameters = [getattr(item, "callspec", None) and item.callspec.params for item in request.session.items]
    return [each[parameter] for each in parameters if each and parameter in each]


@pytest.fixture(scope="session")
def signal_names(request):
    return sorted(set(selected(request, "signal_case")))


@pytest.fixture(scope="session")
def asked_names(request):
    return sorted({case["case"] for case in selected(request, "asked_case")})


@pytest.fixture(scope="session")
def folder(programs):
    """The folder of targets. Its path is short, because a `#!` line holds 255 bytes, and other users may search it."""
    path = Path(tempfile.mkdtemp(prefix="tr"))
    target_folder.make(path, programs)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def exec_results(request, programs, folder, libcovenv):
    """A function: context -> [results without the library, results with it], each a dict by case.

    Each context is run once, for the selected cases.
    """
    wanted = {}
    for item in request.session.items:
        parameters = getattr(item, "callspec", None) and item.callspec.params
        if parameters and "exec_case" in parameters:
            wanted.setdefault(parameters["context"], []).append(parameters["exec_case"])
    results = {}

    def run(context, preload):
        return run_probe(programs, folder, libcovenv, context, wanted[context], preload=preload)

    def both(context):
        if context not in results:
            with ThreadPoolExecutor(2) as pool:
                results[context] = list(pool.map(lambda preload: run(context, preload), (None, libcovenv)))
        return results[context]

    return both
