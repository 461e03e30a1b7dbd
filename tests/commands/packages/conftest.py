# SPDX-License-Identifier: MIT
"""The packages as scripts/lib makes them, and systems in which they are installed."""

import subprocess
from pathlib import Path

import pytest
from root import Root

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 3000


def made(script, folder, *arguments):
    """The one file that a script of scripts/lib has put into `folder`."""
    done = subprocess.run([ROOT / "scripts" / "lib" / script, folder, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stdout
    (package,) = folder.iterdir()
    return package


@pytest.fixture(scope="session")
def deb(tmp_path_factory):
    return made("package_deb.sh", tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    return made("package_tarball.sh", tmp_path_factory.mktemp("tarball"))


@pytest.fixture(params=["bullseye", "bookworm", "trixie", "sid"])
def root(request, tmp_path):
    return Root(request.param, tmp_path)
