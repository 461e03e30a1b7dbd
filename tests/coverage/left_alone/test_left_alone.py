# SPDX-License-Identifier: MIT
"""What measures by tools that covenv does not know ends as without covenv: nothing better, nothing worse (--full)."""

import json
import os
import shlex
import signal
import subprocess
import sys

import pytest
from measured import SERVERS
from place import RUNNER

AMOUNTS = ("7", "1", "27")
DEADLINE = 120  # seconds
# A process that is asked, and does not answer, would take the deadline.
GRACE = {"COVENV_GRACE": "1000s"}
BY_SIGNAL = {"kill()": signal.SIGKILL, "SIGABRT": signal.SIGABRT, "stopped, kill()": signal.SIGKILL}
IN_ORDER = {"exit": 3, "terminate()": 143}
ENDS = [*BY_SIGNAL, *IN_ORDER]


def end_server(command, end, folder, wrapper=(), **variables):
    """The exit code of the server, as its parent sees it."""
    folder.mkdir()
    script = folder / "server"
    script.write_text("#!/bin/sh\nexec " + shlex.join(map(str, command)) + "\n")
    script.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    done = subprocess.run(
        [*wrapper, sys.executable, RUNNER, "Popen()", end, script, *AMOUNTS],
        cwd=folder,
        env={**clean, **variables, **GRACE},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return os.waitstatus_to_exitcode(json.loads(done.stdout)["status"])


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", SERVERS)
def test_an_end_is_as_bare(name, end, commands, covenv, tmp_path):
    report = tmp_path / "report.json"
    bare, below = tmp_path / "bare", tmp_path / "below"
    status = end_server(commands(name), end, bare)
    assert status == IN_ORDER.get(end, -BY_SIGNAL.get(end, 0))
    assert end_server(commands(name), end, below, [covenv, "run", "--report", report, "--"]) == status
    assert SERVERS[name].left(bare) == SERVERS[name].left(below) == (end in IN_ORDER)
    processes = json.loads(report.read_text())["processes"]
    servers = [process for process in processes if "Server" in "".join(process["argv"][-1:])]
    assert [(server["measured"], server["saves"]) for server in servers] == [(False, [])]
