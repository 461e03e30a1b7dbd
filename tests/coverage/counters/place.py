# SPDX-License-Identifier: MIT
"""Runs of a test runner, and the folders in which the data of its servers are."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNNER = HERE / "runner.py"
CELLS = HERE / "cells.py"
AMOUNTS = ("7", "1", "27")
DEADLINE = 120  # seconds


class Runs:
    """What a test runner is started with: the programs of one runtime, and the library, or None."""

    def __init__(self, runtime, program, library, tools):
        self.runtime, self.program, self.library, self.tools = runtime, program, library, tools

    def call(self, script, request, variables=()):
        """The answer of a script that takes a request, and what it has written to stderr."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        environment |= dict(variables)
        if self.library:
            environment["LD_PRELOAD"] = str(self.library)
        done = subprocess.run(
            [sys.executable, script],
            input=json.dumps({**request, "program": str(self.program), "tools": self.tools}),
            env=environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout), done.stderr

    def counts(self, folder):
        return self.runtime.counts(folder, self.program)


@dataclass
class Cell:
    """A server that has ended: its parent's wait status, and the counts that are kept."""

    status: int
    counts: dict


def run_cells(runs, folder, start, ends, amounts=AMOUNTS):
    """{end: its Cell} of servers that one test runner has started in the same way, and what all wrote to stderr."""
    folder.mkdir()
    folders = {end: folder / str(number) for number, end in enumerate(ends)}
    for own in folders.values():
        own.mkdir()
    cells = [{"end": end, "folder": str(own), "variables": runs.runtime.variables(own)} for end, own in folders.items()]
    statuses, said = runs.call(CELLS, {"start": start, "amounts": amounts, "cells": cells})
    return {end: Cell(status, runs.counts(own)) for (end, own), status in zip(folders.items(), statuses)}, said
