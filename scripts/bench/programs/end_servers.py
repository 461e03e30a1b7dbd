# SPDX-License-Identifier: MIT
"""end_servers.py RCFILE NUMBER each|group SIGNAL SERVER: starts so many of them under coverage, each having answered a
request, ends them, and prints how many nanoseconds that took until the last one was reaped."""

import os
import signal
import subprocess
import sys
import time
from urllib.request import urlopen

rcfile, number, way, signal_name, server = sys.argv[1:]
number = int(number)
signal_number = getattr(signal, signal_name)
command = [sys.executable, "-m", "coverage", "run", "--parallel-mode", "--rcfile", rcfile, server]

servers = []
while len(servers) < number:
    group = servers[0].pid if servers else 0
    servers.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=group))
for process in servers:
    urlopen(f"http://127.0.0.1:{int(process.stdout.readline())}/").read()

start = time.perf_counter_ns()
if way == "group":
    os.killpg(servers[0].pid, signal_number)
    for process in servers:
        process.wait()
else:
    for process in servers:
        process.send_signal(signal_number)
        process.wait()
print(time.perf_counter_ns() - start)
