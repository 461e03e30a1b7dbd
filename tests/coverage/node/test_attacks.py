# SPDX-License-Identifier: MIT
"""What a review found of Node: each of these changed what a suite sees, lost data or spoilt them."""

import json
import os
import subprocess
import sys

import pytest
from states import GRACE, HERE, node

SERVER = "require('fs').writeSync(1, 'ready\\n'); setInterval(() => {}, 1000)"
WORKER = """
const {Worker, isMainThread} = require('worker_threads');
const signal = process.argv[2];
if (isMainThread) { new Worker(__filename, {argv: [signal]}); setInterval(() => {}, 1000); }
else { process.kill(process.pid, signal); require('fs').writeSync(1, 'after the kill\\n'); }
"""
# Starts the command in a group of its own, and kills the group.
GROUP_KILLER = """
import os, signal, subprocess, sys
leader = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
assert leader.stdout.readline() == b"ready\\n"
os.killpg(leader.pid, signal.SIGKILL)
print(leader.wait(), leader.stdout.read())
"""
# Two killers that wait for a byte each, so that their signals come together.
TWO_KILLERS = """
import os, signal, subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
assert server.stdout.readline() == b"ready\\n"
code = "import os, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), 15)"
read, write = os.pipe()
killers = [subprocess.Popen([sys.executable, "-S", "-c", code, str(server.pid)], stdin=read) for _ in "12"]
os.close(read)
os.close(write)
print(server.wait())
for killer in killers: killer.wait()
"""


@pytest.fixture
def place(tmp_path, libcovenv):
    """place(script, command...): what a preloaded script prints; the data are in tmp_path / "v8"."""

    def run(script, *command, **variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, command)],
            cwd=tmp_path,
            env={**kept, "NODE_V8_COVERAGE": str(tmp_path / "v8"), "LD_PRELOAD": str(libcovenv), **GRACE, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    return run


def files(folder):
    return sorted((folder / "v8").glob("coverage-*.json"))


@pytest.mark.parametrize("line", ["{node} server.js; echo next", "sh -c '{node} server.js; exit 7'; echo next $?"])
def test_the_shell_above_a_killed_node_runs_no_further_command(line, place, tmp_path):
    (tmp_path / "server.js").write_text(SERVER)
    for number in range(1, 6):
        assert place(GROUP_KILLER, "sh", "-c", line.format(node=node())) == "-9 b''\n"
        assert len(files(tmp_path)) == number


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGHUP"])
def test_a_worker_that_kills_its_process_runs_no_line_more(signal, place, tmp_path):
    (tmp_path / "worker.js").write_text(WORKER)
    for _ in range(5):
        run = "import subprocess, sys; print(subprocess.run(sys.argv[1:], capture_output=True).stdout)"
        assert place(run, node(), "worker.js", signal) == "b''\n"


def test_two_killers_at_once_by_a_signal_that_node_handles(place, tmp_path):
    (tmp_path / "server.js").write_text(SERVER)
    for number in range(1, 6):
        assert place(TWO_KILLERS, node(), "server.js") == "-15\n"
        assert len(files(tmp_path)) == number


def test_the_init_of_a_pid_namespace_saves_once(place, tmp_path):
    (tmp_path / "server.js").write_text(SERVER)
    script = """
import os, subprocess, sys
outer = subprocess.Popen(["unshare", "--pid", "--fork", *sys.argv[1:]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
assert outer.stdout.readline() == b"ready\\n"
[init] = open(f"/proc/{outer.pid}/task/{outer.pid}/children").read().split()
os.kill(int(init), 9)
outer.wait()
"""
    place(script, node(), "server.js")
    assert len(files(tmp_path)) == 1


def test_a_full_disk_leaves_no_broken_file(place, tmp_path):
    """Below a limit for files: as with a full disk, a part is written."""
    (tmp_path / "server.js").write_text(SERVER)
    script = """
import resource, signal, subprocess, sys
def limit():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, preexec_fn=limit)
assert server.stdout.readline() == b"ready\\n"
server.kill()
print(server.wait())
"""
    assert place(script, node(), "server.js") == "-9\n"
    assert files(tmp_path) == []
    place(script.replace("preexec_fn=limit", "env=None"), node(), "server.js")
    [whole] = files(tmp_path)
    assert json.loads(whole.read_text())["result"] and whole.stat().st_size > 16384


@pytest.mark.parametrize("state", ["", "for (;;);"])
def test_a_signal_stack_of_an_addon(state, place, libcovenv, tmp_path):
    """JavaScript that ran on such a stack would take itself for one that has none left."""
    library = tmp_path / "stack.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, HERE / "stack.c"], check=True)
    (tmp_path / "server.js").write_text(SERVER + "\n" + state)
    preload = f"{libcovenv}:{library}"
    for number in range(1, 4):
        assert place(GROUP_KILLER, node(), "server.js", LD_PRELOAD=preload) == "-9 b''\n"
        assert len(files(tmp_path)) == number
        assert all(json.loads(file.read_text())["result"] for file in files(tmp_path))


DEEP = """
const fs = require('fs');
function dive() { try { dive(); } catch { fs.writeSync(1, 'ready\\n'); for (;;); } }
dive();
"""


def test_javascript_at_the_end_of_its_stack(place, tmp_path):
    """Lost, or kept, but no crash, and no file that is spoilt."""
    (tmp_path / "server.js").write_text("setInterval(() => {}, 1000);" + DEEP)
    assert place(GROUP_KILLER, node(), "server.js", COVENV_GRACE="1") == "-9 b''\n"
    assert all(json.loads(file.read_text())["result"] for file in files(tmp_path))
