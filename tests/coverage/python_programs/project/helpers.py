# SPDX-License-Identifier: MIT
"""What the suites share, as a user's own helpers would be."""

import contextlib
import os
import re
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

BIN = Path(sys.executable).parent
LOG = Path(f"{os.getpid()}.log")
ADDRESS = r"http://127\.0\.0\.1:\d+\b"


def start(*command, env={}, ready=ADDRESS):
    """Starts a program as leader of a process group. Returns its Popen and the text in LOG that matches `ready`."""
    with open(LOG, "w") as output:
        process = subprocess.Popen(command, env=env, process_group=0, stdout=output, stderr=output)

    def is_ready():
        assert process.poll() is None, LOG.read_text()
        return re.search(ready, LOG.read_text())

    return process, until(is_ready)[0]


def get(url):
    with urlopen(url, timeout=30) as response:
        return response.read().decode()


def until(condition):
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline, "nothing within the deadline"
        time.sleep(0.01)
    return found


def try_to_get(url):
    with contextlib.suppress(OSError, HTTPException):
        return get(url)


def hear(url, *answers):
    """Sends requests until each of these answers has come, for 30 s at most. At first there may be no server."""
    missing = set(answers)

    def ask():
        missing.discard(try_to_get(url))
        return not missing

    until(ask)


def edit(file, text, until_there):
    """Saves a file again and again until until_there() is true, because a new reloader may not be watching yet."""
    saved = 0

    def is_there():
        nonlocal saved
        if time.monotonic() - saved > 0.5:
            Path(file).write_text(text)
            saved = time.monotonic()
        return until_there()

    until(is_there)
