# SPDX-License-Identifier: MIT
import os

import pytest
from machines import MACHINES, Programs
from place import Place


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """programs(name): the server of that machine, built once."""
    return Programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session")
def classes(programs):
    """The folder of the programs' classes."""
    return programs.classes()


@pytest.fixture
def place(tmp_path, programs):
    def make(name, machine, library):
        return Place(tmp_path / name, MACHINES[machine], programs(machine), library)

    return make


def pytest_collection_modifyitems(config, items):
    """With --full the matrix is whole, and costs are measured. Without, only the first machine ends in each way."""
    if config.getoption("--full"):
        return

    def is_wanted(item):
        values = getattr(item, "callspec", None)
        machine, end = (values.params.get(name) for name in ("machine", "end")) if values else (None, None)
        return "cost" not in item.name and (machine in (None, next(iter(MACHINES))) or end == "kill()")

    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = [item for item in items if is_wanted(item)]


@pytest.fixture(scope="session")
def expected(tmp_path_factory, programs):
    """The probes that a normal end writes, without the library."""
    name = next(iter(MACHINES))
    bare = Place(tmp_path_factory.mktemp("normal") / "data", MACHINES[name], programs(name), None)
    assert os.waitstatus_to_exitcode(bare.run("Popen()", "exit")) == 3
    counts = bare.counts()
    assert any(counts.values()) and not all(counts.values()), "what ran is told from what did not"
    return counts
