# SPDX-License-Identifier: MIT
"""The list of suites, and where scripts/test --full has put them."""

from pathlib import Path

import pytest
from coverage_py import CoveragePy
from cpython import CPython
from glibc import Glibc
from libuv import Libuv
from make import Make
from ninja import Ninja
from perl import Perl
from ruby import Ruby
from shells import Ash, Bash

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / "build" / "venvs" / "foreign"
PYTHON = VENV / "bin" / "python"
SOURCES = ROOT / "build" / "sources"
BUILT = ROOT / "build" / "foreign"

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
SUITES = [
    CoveragePy(SOURCES / "coverage", PYTHON),
    *(CPython(module, PYTHON) for module in MODULES),
    Libuv(SOURCES / "libuv1", BUILT / "libuv"),
    Glibc(BUILT / "glibc"),
    Perl(SOURCES / "perl", BUILT / "perl"),
    Ruby(SOURCES / "ruby3.1"),
    Bash(SOURCES / "bash" / "tests", BUILT / "bash"),
    Ash("busybox", "/bin/busybox", 300, SOURCES / "busybox" / "shell" / "ash_test", BUILT / "bash"),
    Ash("dash", "/bin/dash", 200, SOURCES / "busybox" / "shell" / "ash_test", BUILT / "bash"),
    Make(SOURCES / "make-dfsg"),
    Ninja(BUILT / "ninja"),
]


def pytest_generate_tests(metafunc):
    if "mode" in metafunc.fixturenames:
        pairs = [(suite, mode) for suite in SUITES for mode in suite.modes]
        metafunc.parametrize("suite, mode", pairs, ids=lambda value: getattr(value, "name", value))
    elif "suite" in metafunc.fixturenames:
        metafunc.parametrize("suite", SUITES, ids=lambda suite: suite.name)


@pytest.fixture(scope="session")
def empty_library():
    """The path of a library that can be preloaded, and does nothing."""
    return BUILT / "empty" / "libempty.so"


@pytest.fixture
def path(mode):
    """The value of PATH for the suites. In Python modes it starts with the folder of `python` and `coverage`."""
    system = "/usr/local/bin:/usr/bin:/bin"
    if mode == "carried":
        return system
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: scripts/test --full makes it")
    return f"{PYTHON.parent}:{system}"
