# SPDX-License-Identifier: MIT
"""glibc's own tests of processes and signals, built from Debian's source, against the glibc that is installed."""

import os

from programs import Programs

# They start themselves again, and want to be told by what name.
TOLD = ("tst-exec", "tst-execvpe5", "tst-exec4", "tst-spawn", "tst-spawn-static", "tst-exec-static", "tst-spawn5", "tst-spawn6")
OPTIONS = {"tst-cancel7": "exec {}", "tst-cancelx7": "exec {}", "tst-stackguard1": "{} --child"}


class Glibc(Programs):
    name = "glibc"
    at_least = 200

    def __init__(self, build):
        self._build = build

    def prepare(self, folder):
        # What they open where they are built.
        (folder / "Makefile").touch()

    def programs(self):
        files = sorted(self._build.glob("t*st-*"))
        return {file.name: self._command(file) for file in files if os.access(file, os.X_OK)}

    def _command(self, program):
        if program.name in TOLD:
            return [program, "--", program]
        if program.name in OPTIONS:
            return [program, "--command", OPTIONS[program.name].format(program)]
        return [program]
