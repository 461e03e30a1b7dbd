# SPDX-License-Identifier: MIT
"""What `covenv run` says of Node programs: saved, or lost for the true reason."""

import json
import os
import subprocess
import sys

import pytest
from no_room import sandboxed
from place import DEADLINE
from states import STATES, NodePlace, State, counts, node, runtime


@pytest.fixture
def told(tmp_path, covenv):
    """told(state, end, version, **variables): the report's process of the server, and its counts.

    state: a State, or the name of one in STATES.
    """

    def run(state, end, version=None, **variables):
        state = STATES[state] if isinstance(state, str) else state
        its = runtime(state, version)
        folder = tmp_path / "data"
        folder.mkdir()
        report = tmp_path / "report.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        done = subprocess.run(
            [covenv, "run", "--report", report, "--", sys.executable, NodePlace.runner, "Popen(env={})", end,
             its.build(tmp_path), *state.amounts()],
            env={**kept, **its.variables(folder), **variables},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        processes = json.loads(report.read_text())["processes"]
        [server] = [process for process in processes if (process["program"] or "").endswith("/node")]
        return server, counts(folder, None)

    return run


@pytest.mark.parametrize("end", ["kill()", "terminate()", "killpg()"])
def test_what_is_saved_is_told(end, told, expected):
    server, kept = told("idle", end)
    assert kept == expected("idle")
    assert server["measured"] and server["loss"] is None
    assert server["saves"] and all(save["ok"] for save in server["saves"])


def test_a_normal_end_is_no_loss(told, expected):
    server, kept = told("idle", "exit")
    assert kept == expected("idle") and server["measured"] and server["loss"] is None


def test_an_abort_of_the_program_is_saved(told, expected):
    server, kept = told("idle", "abort")
    assert kept == expected("idle") and server["loss"] is None
    assert [save["ok"] for save in server["saves"]] == [True] and server["end"]["signal"] == 6


@pytest.mark.parametrize("end, signal", [("kill self", 15), ("kill -9 self", 9), ("kill -6 self", 6)])
@pytest.mark.parametrize("state", ["idle", "worker threads"])
def test_a_signal_of_the_program_to_itself_is_saved(state, end, signal, told, expected):
    server, kept = told(state, end)
    assert kept == expected(state) and server["loss"] is None
    assert all(save["ok"] for save in server["saves"]) and server["end"]["signal"] == signal


def test_a_worker_that_cannot_save_is_told(told, expected):
    """The main thread has saved, and ends the process by a signal, while a worker computes in C++."""
    server, kept = told(State("computingWorker"), "kill -9 self", COVENV_GRACE="0.5")
    assert kept == expected("idle"), "what Node itself writes"
    assert server["loss"]["reason"] == "save-failed" and "worker" in server["loss"]["text"]
    assert server["end"]["signal"] == 9


def test_an_abort_of_the_runtime_is_a_crash(told):
    """V8 has no memory left: its state is unknown, so no function of it is called."""
    server, kept = told("idle", "no memory")
    assert kept == {} and server["loss"]["reason"] == "crashed" and server["saves"] == []


def test_an_abort_whose_folder_cannot_be_written(told, tmp_path):
    (tmp_path / "file").touch()
    server, _ = told("idle", "abort", NODE_V8_COVERAGE=str(tmp_path / "file"))
    assert server["loss"]["reason"] == "save-failed"


def test_an_abort_that_a_stripped_node_does_not_tell_from_a_crash(told, tmp_path, monkeypatch):
    stripped = tmp_path / "bin" / "node"
    stripped.parent.mkdir()
    subprocess.run(["strip", "-o", stripped, node()], check=True)
    monkeypatch.setenv("PATH", str(stripped.parent), prepend=os.pathsep)
    server, kept = told("idle", "abort")
    assert kept == {} and server["loss"]["reason"] == "crashed"
    assert "process.abort()" in server["loss"]["fix"] and "process.exit()" in server["loss"]["fix"]


def test_javascript_that_does_not_come_back(told):
    server, kept = told("pbkdf2Sync()", "kill()", COVENV_GRACE="0.5")
    assert kept == {} and server["loss"]["reason"] == "runtime-busy"
    assert "crypto.pbkdf2()" in server["loss"]["fix"]


def test_a_folder_that_cannot_be_written(told, tmp_path):
    (tmp_path / "file").touch()
    server, _ = told("idle", "kill()", NODE_V8_COVERAGE=str(tmp_path / "file"))
    assert server["loss"]["reason"] == "save-failed"
    assert "NODE_V8_COVERAGE" in server["loss"]["fix"]


def test_a_version_that_cannot_be_asked(told):
    server, _ = told("idle", "kill()", version="14")
    assert server["loss"]["reason"] == "no-saver"


def test_a_node_without_room_for_a_saver(told, tmp_path, monkeypatch):
    script = tmp_path / "bin" / "node"
    script.parent.mkdir()
    script.write_text(sandboxed(node()))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=os.pathsep)
    server, kept = told("idle", "kill()")
    assert kept == {} and server["loss"]["reason"] == "no-room"


def test_a_node_that_does_not_measure(told):
    server, _ = told("idle", "kill()", NODE_V8_COVERAGE="")
    assert not server["measured"] and server["loss"] is None and server["saves"] == []
