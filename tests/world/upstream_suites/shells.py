# SPDX-License-Identifier: MIT
"""Shells' own tests, from Debian's sources, against the shells that are installed: scripts whose output is known."""

import re
import shutil

from programs import Programs

HELPERS = ("printenv", "recho", "xcase", "zecho")
# Scripts that run all the others.
RUNNERS = ("run-all", "run-minimal", "run-gprof")
DIFFERING_LINE = re.compile(r"^[<>] ", re.M)


class Shell(Programs):
    """One test is one script. Its verdict has the number of lines that differ from the expected output.

    So a script that also fails without the library is still compared.
    """

    def __init__(self, tests, helpers):
        self._tests = tests
        self._helpers = helpers

    def prepare(self, folder):
        shutil.copytree(self._tests, folder, dirs_exist_ok=True, symlinks=True)
        for helper in HELPERS:
            shutil.copy(self._helpers / helper, folder)

    def judged(self, name, verdict, printed):
        differing = len(DIFFERING_LINE.findall(printed))
        return {name: f"{verdict}, {differing} lines differ" if differing else verdict}


class Bash(Shell):
    name = "bash"
    at_least = 70
    patience = 120
    # Two runs at a time would disturb each other, because the scripts write into /tmp.
    is_exclusive = True

    def programs(self):
        setting = "export THIS_SH=/bin/bash BUILD_DIR=. PATH=$PWD:$PATH BASH_TSTOUT=$(mktemp)"
        scripts = sorted(file.name for file in self._tests.glob("run-*") if file.name not in RUNNERS)
        return {name: ["sh", "-c", f"{setting}; exec sh ./{name}"] for name in scripts}


class Ash(Shell):
    """The tests of BusyBox's shell, for BusyBox and for dash, whose own tests are in no package."""

    # A background job kills its shell, either before the shell waits for the next command or while it waits.
    races = ("ash-misc/exitcode_trap2", "ash-misc/exitcode_trap6")

    def __init__(self, name, shell, at_least, tests, helpers):
        super().__init__(tests, helpers)
        self.name = name
        self.at_least = at_least
        self._shell = shell

    def prepare(self, folder):
        super().prepare(folder)
        (folder / "ash").symlink_to(self._shell)

    def programs(self):
        scripts = sorted(file.relative_to(self._tests) for file in self._tests.glob("*/*.right"))
        return {str(script.with_suffix("")): self._command(script.parent, script.stem) for script in scripts}

    def _command(self, folder, name):
        setting = f"export THIS_SH=$PWD/ash PATH=$PWD:$PATH; cd {folder}"
        return ["sh", "-c", f"{setting} && $THIS_SH ./{name}.tests >{name}.xx 2>&1; exec diff -a {name}.xx {name}.right"]
