# SPDX-License-Identifier: MIT
"""What else is on the way from a user to a measured process: other preloaded libraries, and programs that start it.

No project here configures coverage, and what a suite starts gets an environment of its own: bare, it is lost.
"""

import shutil
from pathlib import Path

import pytest
from user_project import Project, python_of

SMALL = Path(__file__).resolve().parents[2] / "coverage" / "e2e" / "suites" / "small"

collect_ignore = ["suite"]


@pytest.fixture
def project(request, tmp_path):
    """A project with a server, a job that ends by itself, and a helper that starts either."""
    for file in SMALL.glob("*.py"):
        shutil.copy(file, tmp_path)
    return Project(tmp_path, python_of("company"), lambda: request.getfixturevalue("libcovenv"))
