# SPDX-License-Identifier: MIT
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="as many as the issue asks for, not just what shows a defect")


@pytest.fixture(scope="session")
def programs(request):
    return Path(request.config.getoption("--build-dir")).resolve() / "tests"
