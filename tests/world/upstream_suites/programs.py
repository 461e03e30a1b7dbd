# SPDX-License-Identifier: MIT
"""Suites of other runtimes and tools. They have no Python, so covenv carries variables there, and saves nothing."""

import re
import shlex
import sys
from pathlib import Path

from suite import WHOLE, Suite

EACH = Path(__file__).with_name("each.py")
ENDED = re.compile(r"(.*?)^@@ (\S+): ([^\n]+)$", re.M | re.S)
# The reason for a difference in tests that look at a child's whole environment, in words of shim/README.md.
CARRIED = "puts the coverage variables (and itself) back into every environment that is handed to a child"


class Programs(Suite):
    """A suite with one program for each test, run by each.py."""

    modes = ("carried",)
    deadline = 1200
    # The seconds that one program may take.
    patience = 60

    def programs(self):
        """The tests: name -> command (a list of words), to be run in the working directory."""
        raise NotImplementedError

    def command(self, is_measured, only=()):
        programs = self.programs()
        tests = [f"{name}={shlex.join(map(str, programs[name]))}" for name in only or programs]
        return [sys.executable, EACH, self.patience, *tests]

    def judged(self, name, verdict, printed):
        """The verdicts that one program stands for: name -> verdict.

        `verdict` is the one that each.py printed, `printed` the program's output.
        """
        return {name: verdict}

    def verdicts(self, folder, output, status):
        found = {WHOLE: f"exit {status}"} if status else {}
        for printed, name, verdict in ENDED.findall(output):
            found |= self.judged(name, verdict, printed)
        return found
