# SPDX-License-Identifier: MIT
"""What `covenv run` says of a JVM: saved, nothing to save, or lost for the true reason."""

import json
import os
import subprocess
import sys

import jacoco
import pytest
from machines import MACHINES
from place import AMOUNTS, DEADLINE, RUNNER

FIRST = next(iter(MACHINES))


@pytest.fixture
def told(tmp_path, programs, covenv):
    """told(end, options): the report's process of a server whose agent has these options, and the summary on stderr."""

    def run(end, options, runner=RUNNER, agent=f"-javaagent:{jacoco.jar('agent')}="):
        report = tmp_path / "report.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        command = [sys.executable, runner, "Popen(env={})", end, programs(FIRST), *AMOUNTS]
        done = subprocess.run(
            [covenv, "run", "--report", report, "--", *command],
            cwd=tmp_path,
            env={**kept, "JAVA_TOOL_OPTIONS": agent + options},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        processes = json.loads(report.read_text())["processes"]
        servers = [process for process in processes if process["argv"][-1:] == ["Server"]]
        assert len(servers) == 1
        return servers[0], done.stderr

    return run


@pytest.mark.parametrize("end, why", [("kill()", "kill"), ("_exit", "exit")])
def test_a_save_is_told(end, why, told):
    server, summary = told(end, "destfile=jacoco.exec")
    assert server["loss"] is None and server["measured"]
    assert [(save["why"], save["ok"]) for save in server["saves"]] == [(why, True)]
    assert "1 measured" in summary and "1 saved" in summary and "LOST" not in summary


def test_an_end_in_order_is_no_loss(told):
    server, summary = told("terminate()", "destfile=jacoco.exec")
    assert server["loss"] is None and server["measured"] and "LOST" not in summary


@pytest.mark.parametrize("end", ["kill()", "_exit", "terminate()"])
def test_a_name_alone_is_no_proof(end, told):
    server, summary = told(end, "-Dproject=cloverleaf", agent="")
    assert (server["measured"], server["loss"]) == (False, None)
    assert "LOST" not in summary


@pytest.mark.parametrize("end", ["kill()", "_exit"])
def test_a_file_that_cannot_be_written(end, told, tmp_path):
    # JaCoCo opens the file as the JVM starts, and again for each dump.
    breaking = tmp_path / "breaking.py"
    breaking.write_text(f"""
import os, sys
sys.path.insert(0, {str(RUNNER.parent)!r})
import runner
end = runner.ENDS[{end!r}]
def break_and_end(server):
    os.remove("jacoco.exec")
    os.mkdir("jacoco.exec")
    end(server)
runner.ENDS[{end!r}] = break_and_end
runner.main(*sys.argv[1:])
""")
    server, _ = told(end, "destfile=jacoco.exec", breaking)
    assert server["loss"]["reason"] == "save-failed"
    assert "dump() threw an exception" in server["loss"]["text"]


def test_data_for_a_client(told):
    server, _ = told("kill()", "output=tcpserver,address=127.0.0.1,port=0")
    assert server["loss"]["reason"] == "no-file"
    assert "what the client had not fetched" in server["loss"]["text"]
