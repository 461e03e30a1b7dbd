# SPDX-License-Identifier: MIT
"""Prints how many nanoseconds a kill of a counted program takes, until it is reaped. Arguments: the program."""

import subprocess
import sys
import time

server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert server.stdout.read(1) == b"r"
start = time.perf_counter_ns()
server.kill()
server.wait()
print(time.perf_counter_ns() - start)
