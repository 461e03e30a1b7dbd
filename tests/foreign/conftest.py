# SPDX-License-Identifier: MIT
"""The suites: who wrote them, and where they are."""

from pathlib import Path

import pytest
from coverage_py import CoveragePy
from cpython import CPython

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / "build" / "venvs" / "foreign"
PYTHON = VENV / "bin" / "python"
SOURCES = ROOT / "build" / "sources"

MODULES = (
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
    "test_multiprocessing_fork",
    "test_multiprocessing_main_handling",
    "test_signal",
    "test_subprocess",
    "test_asyncio.test_subprocess",
    "test_posix",
    "test_os",
    "test_popen",
    "test_audit",
    "test_embed",
    "test_sys_settrace",
    "test_sys_setprofile",
    "test_trace",
    "test_bdb",
    "test_cprofile",
)
SUITES = [CoveragePy(SOURCES / "coverage", PYTHON), *(CPython(module, PYTHON) for module in MODULES)]


def pytest_generate_tests(metafunc):
    if "suite" in metafunc.fixturenames:
        metafunc.parametrize("suite", SUITES, ids=lambda suite: suite.name)


@pytest.fixture(scope="session")
def path():
    """Where the suites find `python` and `coverage`."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: scripts/test --full makes it")
    return f"{PYTHON.parent}:/usr/local/bin:/usr/bin:/bin"
