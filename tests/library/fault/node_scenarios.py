# SPDX-License-Identifier: MIT
"""Scenarios with a Node that measures, and is killed or ends itself: `node_scenarios.py NAME`.

The output has to be the same without the library, and with it whatever fails, except lines that start with "may ".
"may keep 0" says that no file of the Node's coverage is whole.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

WORKERS = """
const { Worker } = require('worker_threads');
let left = 2;
for (let number = left; number > 0; --number) {
  new Worker('require("worker_threads").parentPort.postMessage(0); setInterval(() => {}, 1000)', { eval: true })
    .on('message', () => { if (--left === 0) ready(); });
}
setInterval(() => {}, 1000);
"""
# What the Node does when it is killed. One that ends itself has no kill.
SCENARIOS = {
    "idle": "process.stdin.resume(); ready();",
    "busy": "ready(); for (;;);",
    "workers": WORKERS,
    "aborts": "process.stdin.once('data', () => process.abort()); ready();",
}
BEGIN = "const ready = () => require('fs').writeSync(1, 'ready\\n');"


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def drive(name):
    # stderr: V8 tells an abort, with addresses.
    server = subprocess.Popen(["node", "-e", BEGIN + SCENARIOS[name]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    if server.stdout.readline() != b"ready\n":
        sys.exit("it ended")
    if name == "aborts":
        server.stdin.write(b"\n")
        server.stdin.flush()
    else:
        server.send_signal(signal.SIGKILL)
    say("status", server.wait())


def is_whole(file):
    try:
        return bool(json.loads(file.read_text())["result"])
    except ValueError:
        return False


def main(name):
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NODE_V8_COVERAGE"] = folder
        drive(name)
        files = list(Path(folder).glob("*.json"))
        whole = sum(map(is_whole, files))
        say("broken files", len(files) - whole)
        say("may keep", whole)


if __name__ == "__main__":
    main(*sys.argv[1:])
