# SPDX-License-Identifier: MIT
"""Threads of a measured process start as without the library."""

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


@pytest.mark.parametrize("place", [Stack(NEWEST, core, True) for core in ("ctrace", "pytrace")], ids=str, indirect=True)
@pytest.mark.parametrize("journal", ["1", "0"])
def test_no_thread_dies_at_its_start(place, journal):
    place.write("program.py", PROGRAM)
    done = place.run("program.py", COVENV_JOURNAL=journal)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
