# SPDX-License-Identifier: MIT
"""bash's own tests, from Debian's source, against the bash that is installed: scripts whose output is known."""

import re
import shutil

from programs import Programs

# Each runs all of the others.
RUNNERS = ("run-all", "run-minimal", "run-gprof")
HELPERS = ("printenv", "recho", "xcase", "zecho")
DIFFERING_LINE = re.compile(r"^[<>] ", re.M)


class Bash(Programs):
    name = "bash"
    at_least = 70
    patience = 120
    # They write into /tmp.
    is_exclusive = True

    def __init__(self, source, build):
        self._source = source
        self._build = build

    def prepare(self, folder):
        shutil.copytree(self._source / "tests", folder, dirs_exist_ok=True, symlinks=True)
        for helper in HELPERS:
            shutil.copy(self._build / helper, folder)

    def programs(self):
        setting = "export THIS_SH=/bin/bash BUILD_DIR=. PATH=$PWD:$PATH BASH_TSTOUT=$(mktemp)"
        scripts = sorted(file.name for file in (self._source / "tests").glob("run-*") if file.name not in RUNNERS)
        return {name: ["sh", "-c", f"{setting}; exec sh ./{name}"] for name in scripts}

    def judged(self, name, verdict, printed):
        differing = len(DIFFERING_LINE.findall(printed))
        return {name: f"{verdict}, {differing} lines differ" if differing else verdict}
