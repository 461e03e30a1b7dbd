# SPDX-License-Identifier: MIT
"""A test runner, preloaded or not: starts a server in one way, has it work, ends it in one way, and prints its status.

    python runner.py START END PROGRAM AMOUNT...

PROGRAM is a script that becomes the server, so the ways are those of tests/coverage/counters/runner.py in which the
server is the runner's own child. The server gets each AMOUNT, and answers, before the end; "busy" has no answer. The
output is JSON: {"status": as waitpid() gives it}.
"""

import importlib.util
import json
import os
import sys
import time
from pathlib import Path

_spec = importlib.util.spec_from_file_location("servers", Path(__file__).resolve().parents[1] / "counters" / "runner.py")
servers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(servers)
say = servers.say

STARTS = {name: servers.STARTS[name] for name in (
    "Popen(env={})", "Popen(env={...})", "Popen()", "Popen(cwd=elsewhere)", "env -i", "shell=True", "fork, exec", "posix_spawn"
)}
ENDS = {name: servers.ENDS[name] for name in (
    "kill()", "terminate()", "SIGINT", "SIGHUP", "SIGUSR1", "SIGABRT", "killpg()", "pidfd", "tgkill()", "sigqueue()",
    "stopped, kill()", "`kill -9`",
    "exit", "_exit", "_Exit", "quick_exit", "abort", "raise", "kill self", "exec",
)}


def main(start, end, program, *amounts):
    server = STARTS[start]([program])
    server.target = server.pid
    assert server.stdout.readline() == b"ready\n"
    for amount in amounts:
        say(amount)(server)
        if amount != "busy":
            assert server.stdout.readline().strip().isdigit()
    if "busy" in amounts:
        time.sleep(0.001 * (server.pid % 7))
    ENDS[end](server)
    _, status = os.waitpid(server.pid, 0)
    print(json.dumps({"status": status}))


if __name__ == "__main__":
    main(*sys.argv[1:])
