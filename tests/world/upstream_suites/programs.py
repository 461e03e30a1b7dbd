# SPDX-License-Identifier: MIT
"""Suites of other runtimes and tools: no Python in them, so covenv has variables to carry, and nothing to save."""

import re
import shlex
import sys
from pathlib import Path

from suite import WHOLE, Suite

EACH = Path(__file__).with_name("each.py")
ENDED = re.compile(r"(.*?)^@@ (\S+): ([^\n]+)$", re.M | re.S)
# What shim/README.md says covenv does, and a test that looks at a child's whole environment sees.
CARRIED = "puts the coverage variables (and itself) back into every environment that is handed to a child"


class Programs(Suite):
    """A suite that is one program for each of its tests."""

    modes = ("carried",)
    deadline = 1200
    # Seconds for one program.
    patience = 60

    def programs(self):
        """name -> command, to be run in the working directory."""
        raise NotImplementedError

    def command(self, is_measured, only=()):
        programs = self.programs()
        tests = [f"{name}={shlex.join(map(str, programs[name]))}" for name in only or programs]
        return [sys.executable, EACH, self.patience, *tests]

    def judged(self, name, verdict, printed):
        """name -> verdict, of one program, whose own verdict and output these are."""
        return {name: verdict}

    def verdicts(self, folder, output, status):
        found = {WHOLE: f"exit {status}"} if status else {}
        for printed, name, verdict in ENDED.findall(output):
            found |= self.judged(name, verdict, printed)
        return found
