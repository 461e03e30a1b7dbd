# SPDX-License-Identifier: MIT
import sys
from pathlib import Path

import pytest

# Before this folder: they are the ones that are tested here.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "scripts" / "bench"))
from init_probes.cells import PROBES  # noqa: E402
from init_probes.probe import Settings  # noqa: E402
from init_probes.wrappers import sigforward as wrapper_of  # noqa: E402


def pytest_generate_tests(metafunc):
    if "probe" in metafunc.fixturenames:
        metafunc.parametrize("probe", PROBES, ids=lambda probe: probe.title)


@pytest.fixture(scope="session")
def settings(request):
    """More patience than the table has: what comes costs none, and here all of it has to come."""
    return Settings(rounds=1000 if request.config.getoption("--full") else 20, patience=10)


@pytest.fixture(scope="session")
def wrapper(sigforward):
    return wrapper_of(sigforward)
