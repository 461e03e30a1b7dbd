# SPDX-License-Identifier: MIT
"""One test for each cell. The suite that holds the cells runs twice on each stack: without the library, and with it.

The suite is a program under test here, so this pytest does not collect it.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from axes import CELLS, KILLS, STACKS, pruned
from runs import Run
from user_project import python_of

collect_ignore = ["suite"]


def pytest_generate_tests(metafunc):
    cells = CELLS if metafunc.config.getoption("--full") else pruned()
    if "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", cells, ids=str)
    if "killed" in metafunc.fixturenames:
        metafunc.parametrize("killed", [cell for cell in cells if cell.end in KILLS], ids=str)


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory, libcovenv):
    """A function: name of a stack -> [Run without the library, Run with it], on the cells of the selected tests.

    Each stack runs once, when a test first asks for it.
    """
    selected = {}
    for item in request.session.items:
        # A dict drops cells that come twice, and keeps the order.
        for cell in item.callspec.params.values() if hasattr(item, "callspec") else ():
            selected.setdefault(cell.stack, {})[cell] = True
    done = {}

    def run(name, library):
        folder, stack = tmp_path_factory.mktemp(name) / "suite", STACKS[name]
        return Run(folder, python_of(stack.venv), selected[name], library, stack.environment)

    def both(name):
        if name not in done:
            with ThreadPoolExecutor(2) as pool:
                done[name] = list(pool.map(lambda library: run(name, library), (None, libcovenv)))
        return done[name]

    return both
