# SPDX-License-Identifier: MIT
"""What scripts/package makes of the commit that is checked out."""

import os
import subprocess
from pathlib import Path

from user_project import python_of

ROOT = Path(__file__).resolve().parents[3]
DIST = ROOT / "dist"
DEADLINE = 3000


def run(*command, env={}, **options):
    """What a command prints, both streams, without variables of a user's; fails the test if it fails."""
    theirs = ("COV", "PYTEST", "PIP", "PYTHON")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    result = subprocess.run([*map(str, command)], env=variables | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=DEADLINE, **options)
    assert result.returncode == 0, result.stdout
    return result.stdout


def tool(name, *arguments, env={}):
    """What a Python program among those that check wheels prints."""
    return run(python_of("wheel"), "-m", name, *arguments, env=env)


def package(*steps, options=()):
    """Runs the named steps of scripts/package, or all."""
    return run(ROOT / "scripts" / "package", *(part for step in steps for part in ("--only", step)), *options)


def artefact(pattern):
    """The Path of the one file of dist/ that the pattern names."""
    [file] = DIST.glob(pattern)
    return file
