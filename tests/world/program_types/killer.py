# SPDX-License-Identifier: MIT
"""Starts a program, and kills it when it is ready. The program, this process or both are in a circumstance.

The one argument is JSON: `command`; `ready`, a file that the program makes; `victim`, the circumstance in which the
program is started, and `killer`, the one in which this process kills (or null); `by_command`, whether `kill` kills.
The exit status is 0 if wait() said -9, and no descriptor was opened or closed.
"""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import circumstances


def open_descriptors():
    found = []
    for fd in range(64):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    return found


task = json.loads(sys.argv[1])
process = subprocess.Popen(task["command"], env={}, preexec_fn=circumstances.named(task["victim"]))
while not os.path.exists(task["ready"]):
    if process.poll() is not None:
        sys.exit(f"the program ended by itself: {process.returncode}")
    time.sleep(0.005)
if task["killer"]:
    circumstances.named(task["killer"])()
before = open_descriptors()
if task["by_command"]:
    subprocess.run(["kill", "-9", str(process.pid)], check=True)
else:
    process.kill()
sys.exit(0 if process.wait() == -9 and open_descriptors() == before else 3)
