# SPDX-License-Identifier: MIT
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "runtimes"))
from measured import SERVERS  # noqa: E402


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """commands(name): the command line of that server, built once."""
    known = {}

    def command(name):
        if name not in known:
            known[name] = SERVERS[name].build(tmp_path_factory.mktemp("server"))
        return known[name]

    return command
