# SPDX-License-Identifier: MIT
"""Runs one program, and reads the reports of all receivers below it.

A Chain has the program's status, the reports (dicts, in their order) and stderr as text.
"""

import json
import subprocess
from collections import namedtuple

Chain = namedtuple("Chain", "status reports err")


def run_chain(command, environment, **options):
    """The Chain of a command. Raises TimeoutExpired after 30 s."""
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, timeout=30, stdin=subprocess.DEVNULL, **options
    )
    return Chain(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode())


def value_of(report, name):
    """The value of a variable in a receiver's report; None if the receiver's environment lacks it."""
    for entry in report["environ"]:
        if entry.startswith(name + "="):
            return entry.partition("=")[2]
    return None


def loaded_by_preload(report, name):
    """True if an entry of the receiver's LD_PRELOAD ends with `name`."""
    return any(entry.endswith(name) for entry in (value_of(report, "LD_PRELOAD") or "").replace(" ", ":").split(":"))
