# SPDX-License-Identifier: MIT
"""Scenarios with a server of a runtime that measures, and is killed or leaves by itself: `saver_scenarios.py PROGRAM WORD...`.

The server answers each word but the last, and is killed, unless the last word ends it. The output has to be the same
without the library, and with it whatever fails. savers.py looks at the data afterwards.
"""

import os
import signal
import subprocess
import sys

# How each scenario's server ends: the last of its words. "": none, the server waits for the next one.
SCENARIOS = {
    "jvm/waits": "",
    "jvm/busy": "busy",
    "jvm/halts": "_exit",
    "ruby/waits": "",
    "ruby/busy": "busy",
    "ruby/leaves": "_exit",
    "perl/waits": "",
    "perl/busy": "busy",
    "perl/leaves": "_exit",
    "php/waits": "",
    "php/busy": "busy",
}
ENDS_ITSELF = "_exit"


def main(program, word=""):
    # stderr: Ruby's and JVMs' tell how they were started.
    server = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if server.stdout.readline() != b"ready\n":
        sys.exit("it ended")
    server.stdin.write(b"7\n")
    server.stdin.flush()
    server.stdout.readline()
    server.stdin.write(word.encode() + b"\n" if word else b"")
    server.stdin.flush()
    if word != ENDS_ITSELF:
        server.send_signal(signal.SIGKILL)
    os.write(1, f"status {server.wait()}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
