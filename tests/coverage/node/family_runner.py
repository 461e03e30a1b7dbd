# SPDX-License-Identifier: MIT
"""A test runner, preloaded or not, that ends a child of a Node's: python family_runner.py START END NODE LINE...

END is a kill that the Node does itself (programs/parent.js), or "SIGKILL, group" or "SIGTERM, group": the child's
process group is killed, in which the parent is, too, unless the child is detached. The output is JSON: {"status": of the
parent as waitpid() gives it, "heard": what the parent has printed of its child}.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

PARENT = Path(__file__).resolve().parent / "programs" / "parent.js"


def main(start, end, node, *lines):
    parent = subprocess.Popen([node, PARENT, start, *lines], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              start_new_session=True)
    child = int(parent.stdout.readline())
    name, _, whom = end.partition(", ")
    if whom == "group":
        os.killpg(os.getpgid(child), signal.Signals[name])
    else:
        parent.stdin.write(end)
    parent.stdin.close()
    # Until the child has ended as well, because it has the pipe.
    heard = parent.stdout.read().splitlines()
    _, status = os.waitpid(parent.pid, 0)
    print(json.dumps({"status": status, "heard": heard}))


if __name__ == "__main__":
    main(*sys.argv[1:])
