# SPDX-License-Identifier: MIT
"""A Node that executes another program in its place (process.execve()): nothing counts twice, and nothing is lost."""

import os
import subprocess
import sys

import pytest
from states import GRACE, PROGRAMS, counts, node

# Starts a Node, and kills what it has become.
DRIVER = """
import subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
if server.stdout.readline() == "ready\\n":
    server.kill()
print(server.wait())
"""
BECOMES = f"""
require({str(PROGRAMS / "work.js")!r}).work(5);
process.execve(TARGET, [TARGET, {str(PROGRAMS / "server.js")!r}], process.env);
"""


@pytest.fixture
def become(tmp_path):
    """become(name, target, library, version): the printed status, and the counts."""

    def run(name, target, library, version):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        variables = {**kept, **GRACE, "NODE_V8_COVERAGE": str(tmp_path / name)}
        if library:
            variables["LD_PRELOAD"] = str(library)
        command = [node(version), "--no-warnings", "-e", BECOMES.replace("TARGET", repr(str(target)))]
        done = subprocess.run([sys.executable, "-c", DRIVER, *command], cwd=tmp_path, env=variables,
                              capture_output=True, text=True, timeout=120, check=True)
        return done.stdout, counts(tmp_path / name, None)

    return run


@pytest.mark.parametrize("version", ["22", "24"])
def test_each_program_is_kept_once(version, become, libcovenv):
    """Node writes before the exec by itself. The second program, which is killed, has loaded work.js, and not worked."""
    status, first = become("bare", node(version), None, version)
    assert status == "-9\n" and any(first.values()) and not all(first.values())
    kept = become("kept", node(version), libcovenv, version)
    assert kept == (status, {place: count + (place[0] == "") for place, count in first.items()})


@pytest.mark.parametrize("version", ["22", "24"])
def test_an_exec_that_fails_aborts_as_without_the_library(version, become, libcovenv):
    """Node has written then, and calls abort() itself, so that nothing is written once more."""
    bare = become("bare", "/nowhere", None, version)
    assert bare[0] == "-6\n" and any(bare[1].values())
    assert become("kept", "/nowhere", libcovenv, version) == bare
