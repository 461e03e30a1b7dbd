# SPDX-License-Identifier: MIT
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def programs(request):
    return Path(request.config.getoption("--build-dir")).resolve() / "tests"
