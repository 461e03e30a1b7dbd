# SPDX-License-Identifier: MIT
"""Programs that suites start, and programs that start others, each used as its own documentation shows.

No project here configures coverage, and each program gets an environment of its own, so bare its coverage is lost.
"""

import shutil
from pathlib import Path

import pytest
import shared_memory
from user_project import Project, python_of

FILES = Path(__file__).resolve().parent / "project"


def pytest_configure():
    # A /dev/shm of our own, because `covenv salvage` takes every journal of this user.
    shared_memory.make_own()


@pytest.fixture
def project(request, tmp_path):
    """A project with the applications and the helpers that its suites share."""
    for file in FILES.glob("*.py"):
        shutil.copy(file, tmp_path)
    return Project(tmp_path, python_of("programs"), lambda: request.getfixturevalue("libcovenv"))


@pytest.fixture
def reloaded(project):
    """A project whose words.py imports old.py, until the suite edits words.py and a reloader imports fresh.py."""
    for word in ["old", "fresh"]:
        project.write(f"{word}.py", f"def word():\n    return {word!r}\n")
    project.write("words.py", "from old import word\n")
    return project
