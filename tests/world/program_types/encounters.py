# SPDX-License-Identifier: MIT
"""Starts a program from a parent without or with the library, and returns what it showed and what it received."""

import json
import re
import subprocess
from collections import namedtuple
from pathlib import Path

PARENT = Path(__file__).resolve().parent / "parent.py"
DEADLINE = 120
# RUNNER is the parent's environment, GIVEN the one that the parent gives its child.
CARRIED = "COV_TEST=carried"
RUNNER = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COV_TEST": "carried"}
GIVEN = {"PATH": "/usr/bin:/bin", "GIVEN": "1"}

Encounter = namedtuple("Encounter", "status out err")


def meet(workshop, command, circumstance=None, *, library=None, given=GIVEN):
    """Has a parent start `command` in a circumstance, and returns an Encounter: status as text, stdout, stderr.

    `library` is the path that is preloaded into the parent, `given` the environment of the child (None inherits).
    """
    log = workshop.folder / "status"
    log.unlink(missing_ok=True)
    task = {"command": [*map(str, command)], "environment": given, "circumstance": circumstance, "status": str(log)}
    environment = RUNNER | ({"LD_PRELOAD": str(library)} if library else {})
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-S", PARENT, json.dumps(task)], env=environment, cwd=workshop.folder,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE,
    )
    assert done.returncode == 0, done.stderr
    return Encounter(log.read_text(), done.stdout, done.stderr)


def is_ours(line):
    """True if the library may change this line of a witness's report."""
    return line.startswith(("loaded\t", f"environ\t{CARRIED}", "environ\tLD_PRELOAD="))


def visible(encounter):
    """(status, lines of stdout, lines of stderr), without the lines that the library may change."""
    lines = [line for line in encounter.out.splitlines() if not is_ours(line)]
    return encounter.status, lines, encounter.err.splitlines()


# What one witness has got, as three truth values: the carried variable, our entry in LD_PRELOAD, the library itself.
Received = namedtuple("Received", "variables preload loaded")
EVERYTHING, NOTHING = Received(True, True, True), Received(False, False, False)


def received(encounter):
    """A Received for each witness that ran, in the order of their reports."""
    *reports, rest = encounter.out.split("end\t\n")
    assert "program\t" not in rest, f"a report was cut off: {encounter}"
    return [
        Received(
            f"environ\t{CARRIED}\n" in report,
            re.search(r"^environ\tLD_PRELOAD=.*libcovenv\.so", report, re.MULTILINE) is not None,
            "loaded\tyes\n" in report,
        )
        for report in reports
    ]
