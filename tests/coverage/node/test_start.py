# SPDX-License-Identifier: MIT
"""A Node that has just started is killed: the kill takes no longer than the grace, and the status is the bare one."""

import os
import subprocess
import sys

from states import PROGRAMS, node

KILLER = """
import os, subprocess, sys, time
for number in range(15):
    process = subprocess.Popen([sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    time.sleep(number * 0.004)
    started = time.monotonic()
    process.kill()
    print(process.wait(), time.monotonic() - started > GRACE)
"""


def test_killed_in_its_first_60_ms(libcovenv, tmp_path):
    grace = 10
    done = subprocess.run(
        [sys.executable, "-c", KILLER.replace("GRACE", str(grace)), node(), PROGRAMS / "server.js"],
        env={**os.environ, "LD_PRELOAD": str(libcovenv), "NODE_V8_COVERAGE": str(tmp_path), "COVENV_GRACE": str(grace)},
        capture_output=True, text=True, timeout=100, check=True,
    )
    assert done.stdout.splitlines() == ["-9 False"] * 15
    assert done.stderr == ""
