# SPDX-License-Identifier: MIT
"""ninja's own tests, built from Debian's source."""

import re

from suite import WHOLE, Suite

TEST = re.compile(r"^\[\d+/\d+\] (\S+)$(.*?)(?=^\[|^passed$|^failed$|\Z)", re.M | re.S)


class Ninja(Suite):
    name = "ninja"
    modes = ("carried",)
    at_least = 350

    def __init__(self, build):
        self._program = build / "ninja_test"

    def command(self, is_measured, only=()):
        # All tests are run always, because the program's filter takes one name only, and all of them take a moment.
        return [self._program]

    def verdicts(self, folder, output, status):
        found = {name: "failed" if "*** Failure" in rest else "passed" for name, rest in TEST.findall(output)}
        if status not in (0, 1):
            found[WHOLE] = f"exit {status}"
        return found
