# SPDX-License-Identifier: MIT
"""Neighbours of covenv between a user and a measured process: other preloaded libraries, and programs that start it.

No project here configures coverage, and each program gets an environment of its own, so bare its coverage is lost.
"""

import shutil
from pathlib import Path

import pytest
from user_project import Project, python_of

SMALL = Path(__file__).resolve().parents[2] / "coverage" / "e2e" / "suites" / "small"

collect_ignore = ["suite"]


@pytest.fixture
def project(request, tmp_path):
    """A project with the files of e2e/suites/small: a server, a job that ends by itself, and helpers to start them."""
    for file in SMALL.glob("*.py"):
        shutil.copy(file, tmp_path)
    return Project(tmp_path, python_of("company"), lambda: request.getfixturevalue("libcovenv"))
