# SPDX-License-Identifier: MIT
"""Small programs, each of which the library once disturbed."""

import subprocess
from pathlib import Path

import pytest

SNIPPETS = sorted((Path(__file__).parent / "snippets").glob("*.c"))


@pytest.mark.parametrize("source", SNIPPETS, ids=lambda source: source.stem)
def test_snippet(source, libcovenv, tmp_path):
    program = tmp_path / source.stem
    subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, source], check=True)

    def run(**environment):
        done = subprocess.run([program], env=environment, capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    bare = run()
    assert bare[0] == 0, "the program itself failed"
    assert run(LD_PRELOAD=str(libcovenv), COV_X="1") == bare
