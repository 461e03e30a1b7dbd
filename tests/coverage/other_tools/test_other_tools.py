# SPDX-License-Identifier: MIT
"""What other tools measure is kept if the process is killed, and each end looks as without covenv (--full)."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections import namedtuple

import pytest
from measured import DOTNET, JVM
from place import RUNNER

AMOUNTS = ("7", "1", "27")
DEADLINE = 120  # seconds
# A process that is asked, and does not answer, would take the deadline.
GRACE = {"COVENV_GRACE": "1000s"}
BY_SIGNAL = {"kill()": signal.SIGKILL, "SIGABRT": signal.SIGABRT, "stopped, kill()": signal.SIGKILL}
IN_ORDER = {"exit": 3, "terminate()": 143}
SERVERS = {**JVM, **DOTNET}

# Of a server that has ended: its exit code as its parent sees it, the counts it has left, its lines in the report.
Ended = namedtuple("Ended", "status counts told")


def end_server(name, command, end, folder, covenv=None):
    folder.mkdir()
    script, report = folder / "server", folder / "report.json"
    script.write_text("#!/bin/sh\nexec " + shlex.join(map(str, command)) + "\n")
    script.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    wrapper = [covenv, "run", "--report", report, "--"] if covenv else []
    done = subprocess.run(
        [*wrapper, sys.executable, RUNNER, "Popen()", end, script, *AMOUNTS],
        cwd=folder,
        env={**clean, **GRACE},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())["processes"] if covenv else []
    servers = [process for process in told if "Server" in "".join(process["argv"][-1:])]
    return Ended(
        os.waitstatus_to_exitcode(json.loads(done.stdout)["status"]), SERVERS[name].counts(folder), servers
    )


@pytest.fixture
def bare_and_below(commands, covenv, tmp_path):
    """bare_and_below(name, end): a server that ends without covenv, and one below `covenv run`."""

    def ended(name, end):
        command = commands(name)
        return end_server(name, command, end, tmp_path / "bare"), end_server(
            name, command, end, tmp_path / "below", covenv
        )

    return ended


@pytest.fixture
def in_order(commands, tmp_path):
    """in_order(name): what a server leaves that ends in order at the same point."""
    return lambda name: end_server(name, commands(name), "exit", tmp_path / "in-order").counts


@pytest.mark.parametrize("end", IN_ORDER)
@pytest.mark.parametrize("name", SERVERS)
def test_an_end_in_order_is_as_bare(name, end, bare_and_below):
    bare, below = bare_and_below(name, end)
    assert bare.status == below.status == IN_ORDER[end]
    assert bare.counts == below.counts != {}


@pytest.mark.parametrize("end", BY_SIGNAL)
@pytest.mark.parametrize("name", JVM)
def test_a_jvm_that_is_killed_keeps_what_the_tool_has(name, end, bare_and_below, in_order):
    bare, below = bare_and_below(name, end)
    assert bare.status == below.status == -BY_SIGNAL[end]
    assert bare.counts == {}
    assert below.counts == in_order(name)
    (server,) = below.told
    assert server["measured"] and [save["ok"] for save in server["saves"]] == [True] and server["loss"] is None


@pytest.mark.parametrize("end", BY_SIGNAL)
def test_a_jvm_without_a_hook_of_a_tool_writes_nothing(end, commands, covenv, tmp_path):
    """Its class path names a tool, whose code has not run."""
    *start, classes, main = commands("Kover")
    command = [start[0], "-cp", f"{tmp_path}/clover.jar:{classes}", main]
    bare = end_server("Kover", command, end, tmp_path / "bare")
    below = end_server("Kover", command, end, tmp_path / "below", covenv)
    assert bare.status == below.status == -BY_SIGNAL[end]
    assert bare.counts == below.counts == {}
    assert [(server["saves"], server["loss"]) for server in below.told] == [([], None)]


@pytest.mark.parametrize("end", ["kill()", "stopped, kill()"])
def test_what_coverlet_measures_is_terminated_first(end, bare_and_below, in_order):
    bare, below = bare_and_below("coverlet", end)
    assert bare.status == below.status == -signal.SIGKILL
    assert bare.counts == {}
    assert below.counts == in_order("coverlet")


@pytest.mark.parametrize("end", BY_SIGNAL)
def test_what_is_not_measured_by_coverlet_is_killed(end, bare_and_below):
    bare, below = bare_and_below(".NET", end)
    assert bare.status == below.status == -BY_SIGNAL[end]
    assert bare.counts == below.counts == {}
    assert [(server["measured"], server["saves"]) for server in below.told] == [(False, [])]
