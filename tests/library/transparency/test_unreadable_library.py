# SPDX-License-Identifier: MIT
"""A child whose user cannot read the library gets the variables alone, because its loader would complain."""

import shutil
import subprocess

import pytest

SCRIPT = "import subprocess, sys; subprocess.run(['env'], env=eval(sys.argv[1]), user=65534)"


@pytest.fixture
def hidden(libcovenv, tmp_path):
    """The path of a copy of the library, in a folder that only its owner can search."""
    folder = tmp_path / "hidden"
    folder.mkdir(mode=0o700)
    return shutil.copy(libcovenv, folder)


@pytest.mark.parametrize("given", ["None", "{}"], ids=["inherited", "empty"])
def test_variables_without_the_library(hidden, given):
    runner = subprocess.run(
        ["/usr/bin/python3", "-I", "-S", "-c", SCRIPT, given],
        env={"COV_CORE_SOURCE": "x", "LD_PRELOAD": hidden},
        capture_output=True,
        text=True,
        timeout=60,
    )
    carried = [entry for entry in runner.stdout.split() if entry.startswith(("COV", "LD_"))]
    assert (runner.returncode, runner.stderr, carried) == (0, "", ["COV_CORE_SOURCE=x"])
