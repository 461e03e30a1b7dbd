# SPDX-License-Identifier: MIT
"""Perl's own tests that start, signal and end processes, from Debian's source, against the Perl that is installed."""

import re
import shutil

from programs import Programs

SCRIPTS = {
    "t": """
        op/alarm op/chdir op/die_exit op/die_unwind op/exec op/fork op/getpid op/getppid op/groups op/kill0 op/magic
        op/setpgrpstack op/sigdispatch op/signame_canonical op/sigsystem op/sleep op/sselect op/stat op/taint op/threads
        op/threads-dirh op/time op/waitpid io/argv io/closepid io/dup io/eintr io/eintr_print io/errno io/errnosig io/fs
        io/inplace io/iofile io/nargv io/open io/openpid io/perlio_leaks io/perlio_open io/pipe io/print io/sem io/shm
        io/socket io/socketpair io/through run/cloexec run/exit run/fresh_perl run/runenv run/script run/switchd
        run/switches
    """,
    "ext/POSIX": "t/posix t/sigaction t/sigset t/sysconf t/taint t/termios t/time t/waitpid t/wrappers",
    "ext/IPC-Open3": "t/IPC-Open2 t/IPC-Open3 t/fd",
    "cpan/IPC-Cmd": "t/01_IPC-Cmd t/02_Interactive t/03_run-forked",
    "cpan/Test-Harness": "t/harness t/iterators t/nofork t/process t/prove t/proverun t/regression t/source_handler",
    "dist/threads": "t/exit t/free t/join t/kill t/kill2 t/kill3 t/thread",
}
TAINTS = re.compile(rb"\A#!.*\s-\w*T")
TAP = re.compile(r"^(not )?ok (\d+)\b[^#\n]*(?:# *(skip|todo))?", re.M | re.I)


class Perl(Programs):
    """A verdict for each script, as NAME, and for each test of it, as NAME:NUMBER."""

    name = "perl"
    at_least = 2000
    patience = 120

    def __init__(self, source, library):
        self._source = source
        self._library = library

    def prepare(self, folder):
        for part in SCRIPTS:
            shutil.copytree(self._source / part, folder / part, symlinks=True)
        # The tests look here for the perl and the library that were just built, and find those that are installed.
        (folder / "t" / "perl").symlink_to("/usr/bin/perl")
        (folder / "lib").symlink_to(self._library)

    def command(self, is_measured, only=()):
        return super().command(is_measured, {name.partition(":")[0]: None for name in only})

    def programs(self):
        scripts = ((part, f"{name}.t") for part, names in SCRIPTS.items() for name in names.split())
        return {f"{part}/{script}": self._command(part, script) for part, script in scripts}

    def _command(self, part, script):
        perl = "./perl" if part == "t" else "/usr/bin/perl"
        taint = " -T" if TAINTS.match((self._source / part / script).read_bytes()) else ""
        return ["sh", "-c", f"cd {part} && PERL_CORE=1 exec {perl}{taint} {script}"]

    def judged(self, name, verdict, printed):
        found = {name: verdict}
        for fails, number, directive in TAP.findall(printed):
            found[f"{name}:{number}"] = directive.lower() or ("failed" if fails else "passed")
        return found
