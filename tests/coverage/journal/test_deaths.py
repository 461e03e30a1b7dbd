# SPDX-License-Identifier: MIT
"""Every way to die: each line is kept, and the death is the same as without the library."""

import re
import shutil
import subprocess

import pytest
from differential import DEADLINE, HERE
from dying import FROM_OUTSIDE, KINDS
from stacks import NEWEST, Stack, all_stacks

# The kinds that die after coverage has saved by itself.
SAVE_BY_THEMSELVES = {"at_exit", "while_modules_are_finalised_after_a_save"}
FUNCTIONS = 90
LINES = 4 * FUNCTIONS


def pytest_generate_tests(metafunc):
    stacks = all_stacks() if metafunc.config.getoption("--full") else [Stack(NEWEST, "ctrace", False)]
    if "place" in metafunc.fixturenames:
        metafunc.parametrize("place", stacks, indirect=True, ids=str)


def died(place, kind, crashes, preload):
    command = place.command("dying.py", kind)
    env = place.environment(preload, CRASHES=str(crashes))
    process = subprocess.Popen(command, cwd=place.folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    if kind in FROM_OUTSIDE:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(FROM_OUTSIDE[kind])
    _, stderr = process.communicate(timeout=DEADLINE)
    # Addresses of threads and objects, and pids, differ from run to run.
    return process.returncode, re.sub(r"0x[0-9a-f]+|pid=\d+", "?", stderr.decode(errors="replace"))


@pytest.mark.parametrize("kind", KINDS)
def test_keeps_every_line(kind, place, crashes):
    shutil.copy(HERE / "dying.py", place.folder)
    functions = [f"def f{i}(n):\n    if n >= 0:\n        n += {i}\n    return n\n" for i in range(FUNCTIONS)]
    calls = [f"    f{i}({i})\n" for i in range(FUNCTIONS)]
    place.write("work.py", "\n\n".join(functions) + "\n\ndef all():\n" + "".join(calls))
    place.write("rc", f"[run]\nparallel = true\nbranch = {place.stack.branch}\ninclude = {place.folder}/work.py\n")
    bare = died(place, kind, crashes, preload=False)
    bare_lines = place.lines("work.py", preload=False)
    assert (bare_lines is None) == (kind not in SAVE_BY_THEMSELVES)
    for path in place.folder.glob(".coverage*"):
        path.unlink()
    assert died(place, kind, crashes, preload=True) == bare
    lines = place.lines("work.py")
    functions_end = 6 * FUNCTIONS
    assert len([line for line in lines if line <= functions_end]) == LINES
    assert len(lines) == LINES + 1 + FUNCTIONS
    assert not place.journals()
