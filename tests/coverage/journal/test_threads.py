# SPDX-License-Identifier: MIT
"""Threads of a measured process start as without the library."""

import os
import subprocess

import pytest
from stacks import NEWEST, Stack

# Up to 3.11, CPython lets one thread change its trace function at a time: a thread that meets another one there dies.
PROGRAM = """
import sys, threading
sys.setswitchinterval(1e-6)
died = []
threading.excepthook = sys.unraisablehook = lambda problem: died.append(problem.exc_value)
for _ in range(150):
    threads = [threading.Thread(target=sum, args=(range(2000),)) for _ in range(12)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(died)
"""


@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
@pytest.mark.parametrize("journal", ["1", "0"])
def test_no_thread_dies_at_its_start(tmp_path, libcovenv, core, journal):
    stack = Stack(NEWEST, core, True)
    (tmp_path / "rc").write_text("[run]\nbranch = true\n")
    (tmp_path / "program.py").write_text(PROGRAM)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "LD_PRELOAD"))}
    own |= stack.variables | {"LD_PRELOAD": str(libcovenv), "COVENV_JOURNAL": journal}
    done = subprocess.run([*stack.run, "program.py"], cwd=tmp_path, env=own, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
