# SPDX-License-Identifier: MIT
"""One test for each cell of each place. The suite that holds the cells runs twice in each: bare, and with the library."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from built_python import NAMES, BuiltPython
from places import PLACES, cells
from root import Root
from runs import Run


def pytest_generate_tests(metafunc):
    if "cell" in metafunc.fixturenames:
        pairs = [(name, cell) for name in PLACES for cell in cells(name)]
        metafunc.parametrize("place, cell", pairs, ids=[f"{name}-{cell.start}-{cell.end}" for name, cell in pairs])
    elif "place" in metafunc.fixturenames:
        metafunc.parametrize("place", PLACES)


def entered(name, folder):
    """The Root or the BuiltPython of that name. `folder` (empty) is for its changes."""
    return BuiltPython(name) if name in NAMES else Root(name, folder)


@pytest.fixture
def root(place, tmp_path):
    """What the test's place is entered by."""
    return entered(place, tmp_path / "root")


@pytest.fixture(scope="session")
def library(libcovenv, libcovenv_aarch64):
    """A function: name of a place -> the library for its machine."""
    return lambda name: libcovenv_aarch64 if name.endswith("-arm64") else libcovenv


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory, library):
    """A function: name of a place -> [Run without the library, Run with it], on the cells of the selected tests."""
    selected = {}
    for item in request.session.items:
        if hasattr(item, "callspec") and "cell" in item.callspec.params:
            selected.setdefault(item.callspec.params["place"], []).append(item.callspec.params["cell"])
    done = {}

    def run(name, folder, preloaded):
        root = entered(name, folder / "root")
        return Run(folder / "suite", "python3", selected[name], preloaded, through=root.words(folder, library(name)))

    def both(name):
        if name not in done:
            folders = [tmp_path_factory.mktemp(name) for _ in range(2)]
            with ThreadPoolExecutor(2) as pool:
                done[name] = list(pool.map(run, [name] * 2, folders, (None, library(name))))
        return done[name]

    return both
