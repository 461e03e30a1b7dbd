# SPDX-License-Identifier: MIT
import os

import pytest
from place import AMOUNTS, Runs, run_cells
from runtimes import RUNTIMES, Programs, starter

# That of scripts/demo.
collect_ignore = ["suite"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """programs(name): the server of that runtime, built once."""
    return Programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session")
def tools(tmp_path_factory, sigforward):
    """The programs that starts and ends need."""
    return {"sigforward": str(sigforward), "starter": str(starter(tmp_path_factory.mktemp("starter")))}


@pytest.fixture(scope="session")
def runs(programs, tools):
    """runs(runtime, library): test runners of the programs of that runtime. The library may be None."""
    return lambda runtime, library: Runs(RUNTIMES[runtime], programs(runtime), library, tools)


@pytest.fixture(scope="session")
def expected(tmp_path_factory, runs):
    """expected(runtime, *amounts): the counts of a normal end, without the library."""
    known = {}

    def counts(runtime, *amounts):
        if (runtime, amounts) not in known:
            folder = tmp_path_factory.mktemp("normal") / "data"
            cells, _ = run_cells(runs(runtime, None), folder, "Popen()", ["exit"], amounts or AMOUNTS)
            assert os.waitstatus_to_exitcode(cells["exit"].status) == 3
            known[runtime, amounts] = cells["exit"].counts
        return known[runtime, amounts]

    return counts


def pytest_collection_modifyitems(config, items):
    """Only --full needs rustc."""
    if not config.getoption("--full"):
        unwanted = [item for item in items if "Rust" in item.name]
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
