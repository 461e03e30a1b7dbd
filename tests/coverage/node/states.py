# SPDX-License-Identifier: MIT
"""What a Node server may be doing when it ends, and how its counts are read."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "runtimes"))
from place import AMOUNTS, Place  # noqa: E402
from runtimes import Runtime, add  # noqa: E402

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
NPM = HERE.parents[2] / "build" / "npm"
# Longer than users have it, for machines under load.
GRACE = {"COVENV_GRACE": "10"}
# Starts a server, has it work, and ends it by a signal or by a word of its own.
DRIVER = """
import subprocess, sys
end, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
assert server.stdout.readline() == "ready\\n"
for amount in ("7", "1", "27"):
    server.stdin.write(amount + "\\n")
    assert server.stdout.readline().strip().isdigit()
if end.isdigit():
    server.send_signal(int(end))
else:
    server.stdin.write(end + "\\n")
print(server.wait())
"""


@dataclass
class State:
    """word: what tells the server to enter the state. flags: Node's. server: the file that Node runs.

    is_deaf: the server hears nothing more, so a normal end comes before. lost: nothing is kept, whatever ends it.
    """

    word: str = None
    flags: str = ""
    server: str = "server.js"
    is_deaf: bool = True
    lost: bool = False

    def amounts(self):
        return (*AMOUNTS, *([self.word] if self.word else []))

    def amounts_before_an_end(self):
        return AMOUNTS if self.is_deaf else self.amounts()


STATES = {
    "idle": State(is_deaf=False),
    "serving": State("serving", is_deaf=False),
    "ES module": State(server="server.mjs", is_deaf=False),
    "loop": State("busy"),
    "promises": State("promises"),
    "regular expression": State("regexp"),
    "WebAssembly": State("wasm"),
    "readSync()": State("readSync"),
    "writeSync()": State("writeSync"),
    "spawnSync()": State("spawnSync"),
    "Atomics.wait()": State("wait"),
    "loop in a vm context": State("vm"),
    "worker threads": State("workers", is_deaf=False),
    "without globals": State("noProcess"),
    "full heap": State("heap", flags="--max-old-space-size=64"),
    "--inspect": State("busy", flags="--inspect=127.0.0.1:0"),
    "pbkdf2Sync()": State("pbkdf2Sync", lost=True),
}


def counts(folder, _):
    """{(function, start, end): how often it ran} of work.*, over all files."""
    total = {}
    for file in folder.rglob("coverage-*.json"):
        for script in json.loads(file.read_text())["result"]:
            if Path(script["url"]).stem == "work":
                for function in script["functions"]:
                    name = function["functionName"]
                    parts = function["ranges"]
                    add(total, (((name, part["startOffset"], part["endOffset"]), part["count"]) for part in parts))
    return total


def node(version=None):
    """The Node of this machine, or that of a version."""
    other = NPM / "node-versions" / "node_modules" / f"node-{version}" / "bin" / "node"
    found = str(other) if version else shutil.which("node")
    assert found and Path(found).exists(), f"{found or 'node'} is missing: scripts/test installs it"
    return found


def build(state, version=None):
    def write(folder):
        program = folder / "server"
        program.write_text(f"#!/bin/sh\nexec {node(version)} {state.flags} {PROGRAMS / state.server}\n")
        program.chmod(0o755)
        return program

    return write


def runtime(state, version=None):
    variables = lambda folder: {"NODE_V8_COVERAGE": str(folder), **GRACE}  # noqa: E731
    # V8 tells each abort, each exception and each debugger on stderr.
    return Runtime(build(state, version), variables, counts, (), is_talkative=True)


class NodePlace(Place):
    runner = HERE / "node_runner.py"
