# SPDX-License-Identifier: MIT
"""CI systems: a sample project, and the wheel that their `pip install covenv` finds."""

import os
from pathlib import Path

import pytest
from built_wheel import make_wheel
from shop import copy_shop

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory, covenv, sigforward, libcovenv):
    """A folder with the wheel, for pip's --find-links."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, covenv, sigforward, libcovenv)
    return folder


@pytest.fixture
def workspace(tmp_path):
    """The checkout of a project whose fixture starts a server with env={...} and kills it."""
    return copy_shop(tmp_path / "workspace")


@pytest.fixture
def variables(wheels, tmp_path):
    """What a job's environment has."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "LD_PRELOAD"))}
    (tmp_path / "home").mkdir()
    [wheel] = wheels.iterdir()
    # Whatever an index may hold by this name.
    (tmp_path / "constraint.txt").write_text(f"covenv @ {wheel.as_uri()}\n")
    return kept | {
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONSTRAINT": str(tmp_path / "constraint.txt"),
        "HOME": str(tmp_path / "home"),
        "CI": "true",
        "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
        "PIP_ROOT_USER_ACTION": "ignore",
    }
