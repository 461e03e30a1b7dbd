# SPDX-License-Identifier: MIT
"""What every pytest folder of this repository shares: options, the programs of the build, and the rule for skips.

A skipped test fails if CI is set. The fixtures for files of the build return a Path, and fail the test if the file has
not been built.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))


def pytest_addoption(parser):
    parser.addoption(
        "--build-dir",
        default=str(ROOT / "build" / "release"),
        help="the CMake build folder whose lib/ and bin/ are tested",
    )
    parser.addoption("--full", action="store_true", help="what takes long, or needs large compilers and runtimes, as well")
    parser.addoption("--session", action="store_true", help="what is preloaded writes into a session")
    parser.addoption("--asked", action="store_true", help="what is measured has no journal: all is asked to save")
    parser.addoption("--share", default="1/1", metavar="K/N", help="of N shares of the tests the K-th: the others run beside it")
    parser.addoption("--library", default="lib/libcovenv.so", help="which of its libraries is preloaded")


def pytest_configure(config):
    config.addinivalue_line("markers", "asked: about a process without a journal, which is asked to save")
    config.addinivalue_line("markers", "journal: about a process with a journal")
    # A job started in a script's background ignores SIGINT, and each program below would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"a skip is a failure in CI: {report.longrepr}"
    return report


def keep(config, items, is_wanted):
    """Deselects the items for which is_wanted(item) is false, and changes the list `items` in place."""
    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = [item for item in items if is_wanted(item)]


def pytest_collection_modifyitems(config, items):
    if config.getoption("--asked"):
        keep(config, items, lambda item: not item.get_closest_marker("journal"))
    share, shares = map(int, config.getoption("--share").split("/"))
    # By name, because a parameter's order may differ from one run to the next.
    names = sorted(item.nodeid for item in items)
    own = set(names[share - 1::shares])
    keep(config, items, lambda item: item.nodeid in own)


@pytest.fixture
def keeping(request):
    """The variables (a dict) that choose how this test keeps coverage.

    {} keeps coverage by a journal, {"COVENV_JOURNAL": "0"} by asking the process to save. A test is of the second kind
    if it has the marker `asked`, or if pytest runs with --asked.
    """
    is_asked = request.config.getoption("--asked") or request.node.get_closest_marker("asked")
    return {"COVENV_JOURNAL": "0"} if is_asked else {}


def built(request, relative):
    """The Path of `relative` in the build folder (--build-dir). Fails the test if there is no such file."""
    path = (Path(request.config.getoption("--build-dir")) / relative).resolve()
    if not path.exists():
        preset = path.parent.parent.name
        pytest.fail(f"{path} is missing: run `cmake --preset {preset} && cmake --build --preset {preset}`")
    return path


@pytest.fixture(scope="session")
def libcovenv(request):
    return built(request, request.config.getoption("--library"))


@pytest.fixture(scope="session")
def libcovenv_aarch64(request):
    """The library that the preset `aarch64` has cross-built, in the folder beside the build that is tested."""
    return built(request, "../aarch64/lib/libcovenv.so")


@pytest.fixture(scope="session")
def sigforward(request):
    return built(request, "bin/sigforward")


@pytest.fixture(scope="session")
def covenv(request):
    return built(request, "bin/covenv")


@pytest.fixture(scope="session")
def share(request):
    """The build's folder of manual pages and completions."""
    return built(request, "share")


@pytest.fixture(scope="session")
def session_variables(request, tmp_path_factory):
    """The variables (a dict) that put a process into a session of `covenv run`; {} unless pytest runs with --session.

    When the last test has ended, the session has to hold more than ten processes, and no dropped event.
    """
    if not request.config.getoption("--session"):
        yield {}
        return
    report = tmp_path_factory.mktemp("session") / "report.json"
    command = [built(request, "bin/covenv"), "run", "--quiet", "--session-size", "64MiB", "--report", report, "--"]
    holder = subprocess.Popen([*command, "sh", "-c", 'echo "$COVENV_SESSION"; read line'], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    with holder:
        yield {"COVENV_SESSION": holder.stdout.readline().strip()}
        holder.stdin.close()
    told = json.loads(report.read_text())
    assert told["totals"]["processes"] > 10 and told["session"]["dropped"] == 0
