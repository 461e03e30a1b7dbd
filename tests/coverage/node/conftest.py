# SPDX-License-Identifier: MIT
import os

import pytest
from states import STATES, NodePlace, runtime

FULL_FILES = ("test_aarch64.py", "test_exec.py", "test_front_end.py", "test_other_engines.py", "test_typescript.py")


@pytest.fixture
def place(tmp_path):
    """place(name, state, library, version): a folder of that name for a run of the server."""

    def make(name, state, library, version=None):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "data").mkdir()
        its = runtime(STATES[state], version)
        return NodePlace(folder / "data", its, its.build(folder), library)

    return make


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """expected(state, version): the counts of a normal end at the same point, without the library."""
    known = {}

    def counts(state, version=None):
        its = STATES[state]
        key = (its.server, its.amounts_before_an_end(), version)
        if key not in known:
            folder = tmp_path_factory.mktemp("normal")
            normal = runtime(its, version)
            bare = NodePlace(folder / "data", normal, normal.build(folder), None)
            assert os.waitstatus_to_exitcode(bare.run("Popen()", "exit", its.amounts_before_an_end())) == 3
            known[key] = bare.counts()
            assert any(known[key].values()) and not all(known[key].values()), "what ran is told from what did not"
        return known[key]

    return counts


def pytest_collection_modifyitems(config, items):
    """Only --full has other versions of Node, and build/npm/node-tools, and takes the time for many starts."""
    if not config.getoption("--full"):
        unwanted = [item for item in items
                    if item.path.name in FULL_FILES or "version" in item.name or "cost" in item.name]
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
