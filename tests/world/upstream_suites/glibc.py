# SPDX-License-Identifier: MIT
"""glibc's own tests of processes and signals, built from Debian's source, against the glibc that is installed."""

import os
import shutil
from pathlib import Path

from programs import CARRIED, Programs

# Tests that start themselves again -> the arguments that tell them their own name.
TOLD = {
    **dict.fromkeys(("tst-exec", "tst-exec-static", "tst-execvpe5"), "-- {}"),
    **dict.fromkeys(("tst-spawn", "tst-spawn-static", "tst-spawn5", "tst-spawn6"), "-- {}"),
    "tst-exec4": "{}",
    **dict.fromkeys(("tst-cancel7", "tst-cancelx7"), '--command "exec {}"'),
}


class Glibc(Programs):
    name = "glibc"
    at_least = 240
    patience = 120
    # The test counts the variables of a child.
    differs = {"tst-execvpe5": CARRIED}

    def __init__(self, build):
        self._programs = [file for file in sorted(build.glob("t*st-*")) if os.access(file, os.X_OK)]

    def prepare(self, folder):
        # The programs are copied, because they leave files in their own folder.
        for program in self._programs:
            shutil.copy(program, folder)
        # Some open a Makefile, which the folder of a build has.
        (folder / "Makefile").touch()

    def programs(self):
        return {program.name: self._command(f"$PWD/{program.name}") for program in self._programs}

    def _command(self, path):
        return ["sh", "-c", f"exec {path} {TOLD.get(Path(path).name, '').format(path)}"]
