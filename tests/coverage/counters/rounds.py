# SPDX-License-Identifier: MIT
"""A test runner that kills servers at random moments.

    python rounds.py < REQUEST

REQUEST is JSON: {"program", "how", "amounts", "counters", "cells": [{"folder", "variables"}]}. The output is JSON, too:
for each cell {"status", as waitpid() gives it, ...} with what `how` knows of the moment:

- idle, busy, malloc, threads: {"threads", "least", "most"}: how many call work(27) for ever, and between which numbers
  is that of the calls that are counted
- early, in the first milliseconds: {"was_ready"}, whether the server had said "ready" before the kill
- frozen, as early, but stopped before the kill: {"counters"}, in hexadecimal, the counters[1] bytes of memory that
  begin counters[0] bytes behind the beginning of the program
"""

import json
import mmap
import os
import random
import select
import sys
import time
from pathlib import Path

import runner

LONGEST_START = 0.006  # seconds
LONGEST_LOAD = 0.01
START = next(iter(runner.STARTS))


class Calls:
    """The page in which a server counts its calls, in each of four threads."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(mmap.PAGESIZE))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def __iter__(self):
        return (int.from_bytes(self._page[8 * i:8 * i + 8], "little") for i in range(4))


def kill(server):
    return {"status": runner.end(server, "kill()")}


def loaded(how, request):
    server = runner.begin(START, request["program"])
    runner.work(server, request["amounts"])
    calls = Calls(Path("calls"))
    threads = {"idle": 0, "threads": 4}.get(how, 1)
    if threads:
        runner.say(f"{how} {calls.path.absolute()}")(server)
        while not all(list(calls)[:threads]):
            os.sched_yield()
    time.sleep(random.uniform(0, LONGEST_LOAD))
    before = sum(calls)
    # Each thread may have counted a call that it has not told.
    return {"threads": threads, "least": before, **kill(server), "most": sum(calls) + threads}


def begun(request):
    """A server that has been starting for some time."""
    server = runner.STARTS[START]([request["program"]])
    server.target = server.pid
    time.sleep(random.uniform(0, LONGEST_START))
    return server


def early(_, request):
    server = begun(request)
    return {"was_ready": bool(select.select([server.stdout], [], [], 0)[0]), **kill(server)}


def frozen(_, request):
    server = begun(request)
    runner.stop(server)
    distance, size = request["counters"]
    try:
        with open(f"/proc/{server.pid}/maps") as maps:
            first = next(line for line in maps if line.rstrip().endswith(request["program"]))
        with open(f"/proc/{server.pid}/mem", "rb", buffering=0) as memory:
            memory.seek(int(first.split("-")[0], 16) + distance)
            counters = memory.read(size)
    finally:
        killed = kill(server)
    assert len(counters) == size
    return {"counters": counters.hex(), **killed}


def main():
    request = json.load(sys.stdin)
    how = request["how"]
    rounds = []
    for cell in request["cells"]:
        os.chdir(cell["folder"])
        os.environ.update(cell["variables"])
        rounds.append({"early": early, "frozen": frozen}.get(how, lambda *each: loaded(how, *each[1:]))(how, request))
    print(json.dumps(rounds))


if __name__ == "__main__":
    main()
