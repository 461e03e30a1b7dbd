# SPDX-License-Identifier: MIT
import shutil
import tempfile
from pathlib import Path

import pytest
from rows import ROWS
from workshop import Workshop


def pytest_generate_tests(metafunc):
    if "row" in metafunc.fixturenames:
        full = metafunc.config.getoption("--full")
        metafunc.parametrize("row", [row for row in ROWS if row.full == full], ids=lambda row: row.name)


@pytest.fixture(scope="session")
def workshop(request, libcovenv):
    cache = Path(request.config.getoption("--build-dir")).resolve() / "tests" / "encounters"
    folder = Path(tempfile.mkdtemp(prefix="en"))
    folder.chmod(0o755)
    yield Workshop(folder, libcovenv, cache)
    shutil.rmtree(folder)
