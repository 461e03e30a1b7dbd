# SPDX-License-Identifier: MIT
"""A folder for one run's data, and the run."""

import json
import os
import subprocess
import sys
from pathlib import Path

RUNNER = Path(__file__).resolve().parent / "runner.py"
AMOUNTS = ("7", "1", "27")
DEADLINE = 120  # seconds


class Place:
    """A folder for one run's data, and the run. A subclass may have a runner of its own."""

    runner = RUNNER

    def __init__(self, folder, runtime, program, library):
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.runtime = runtime
        self.program = program
        self.library = library

    def run(self, start, end, amounts=AMOUNTS):
        """The wait status."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        variables |= self.runtime.variables(self.folder)
        if self.library:
            variables["LD_PRELOAD"] = str(self.library)
        done = subprocess.run(
            [sys.executable, self.runner, start, end, self.program, *amounts],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.runtime.is_talkative or done.stderr == ""
        return json.loads(done.stdout)["status"]

    def counts(self):
        return self.runtime.counts(self.folder, self.program)
