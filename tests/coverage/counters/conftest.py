# SPDX-License-Identifier: MIT
import os

import pytest
from place import Place
from runtimes import RUNTIMES, Programs

# That of scripts/demo.
collect_ignore = ["suite"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """programs(name): the server of that runtime, built once."""
    return Programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture
def place(tmp_path, programs):
    def make(name, runtime, library):
        return Place(tmp_path / name, RUNTIMES[runtime], programs(runtime), library)

    return make


@pytest.fixture(scope="session")
def expected(tmp_path_factory, programs):
    """expected(runtime): the counts of a normal end, without the library."""
    known = {}

    def counts(runtime):
        if runtime not in known:
            bare = Place(tmp_path_factory.mktemp("normal") / "data", RUNTIMES[runtime], programs(runtime), None)
            assert os.waitstatus_to_exitcode(bare.run("Popen()", "exit")) == 3
            known[runtime] = bare.counts()
            assert any(known[runtime].values()) and not all(known[runtime].values()), "what ran is told from what did not"
        return known[runtime]

    return counts


def pytest_collection_modifyitems(config, items):
    """Only --full needs rustc."""
    if not config.getoption("--full"):
        unwanted = [item for item in items if "Rust" in item.name]
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
