# SPDX-License-Identifier: MIT
import functools
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "runtimes"))
from measured import DOTNET, JVM  # noqa: E402


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """commands(name): the command line of that server, built once."""
    return functools.cache(lambda name: {**JVM, **DOTNET}[name].build(tmp_path_factory.mktemp("server")))
