# SPDX-License-Identifier: MIT
"""CPython's own tests, from Debian's libpython3.11-testsuite: each module of them is a suite."""

import re
import xml.etree.ElementTree as ElementTree

from suite import WHOLE, Suite

REPORT = "report.xml"
KINDS = {"skipped": "skipped", "output": "expected failure", "failure": "failed", "error": "failed"}
# Failures of subtests, set-up and tear-down, which the report leaves out, are found by their headings.
HEADING = re.compile(r"^(FAIL|ERROR): \w+ \(([\w.]+)\)", re.M)
ALTERED = re.compile(r"^\d+ tests? altered the execution environment", re.M)
# The child of this test prints each audit event into a pipe that is never read. With coverage there are more events
# than the pipe holds.
HANGS_IF_MEASURED = "test_sys_getframe"


class CPython(Suite):
    def __init__(self, module, python):
        self.name = f"cpython-{module}"
        self._module = module
        self._python = python

    def command(self, is_measured, only=()):
        ignored = ["-i", HANGS_IF_MEASURED] if is_measured else []
        # A name may be a class's, if the class's set-up failed; so its tests are matched as well.
        matched = [option for name in only for option in ("-m", name, "-m", f"{name}.*")]
        return [self._python, "-m", "test", "-v", *ignored, *matched, "--junit-xml", REPORT, self._module]

    def verdicts(self, folder, output, status):
        found = {}
        if status not in (0, 2):
            found[WHOLE] = f"exit {status}"
        elif ALTERED.search(output):
            found[WHOLE] = "environment altered"
        if (folder / REPORT).exists():
            for case in ElementTree.parse(folder / REPORT).iter("testcase"):
                if case.get("name"):
                    found[case.get("name")] = next((KINDS[part.tag] for part in case if part.tag in KINDS), "passed")
        found.update((name, "failed") for _, name in HEADING.findall(output))
        return found
