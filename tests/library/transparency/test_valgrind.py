# SPDX-License-Identifier: MIT
"""Valgrind finds no error in the library: it reads only initialised memory, and passes only readable memory."""

import subprocess
import xml.etree.ElementTree

from exec_runs import RUNNER
from test_exec_transparency import SAMPLE

DEADLINE = 600


def errors(library, program, *arguments, folder, extra={}):
    """The errors (XML) that valgrind reports with the library in their stack.

    Other errors are left out: valgrind complains about system calls that it does not know.
    """
    out = folder / "valgrind-%p.xml"
    valgrind = ["valgrind", "--xml=yes", f"--xml-file={out}", "--child-silent-after-fork=no"]
    environment = RUNNER | {"LD_PRELOAD": str(library)} | extra
    done = subprocess.run(
        [*valgrind, program, *arguments], env=environment, capture_output=True, timeout=DEADLINE, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr.decode()
    found = []
    reports = list(folder.glob("valgrind-*.xml"))
    assert reports
    for report in reports:
        # The report of a process that was killed or replaced lacks its last line.
        text = report.read_text().removesuffix("</valgrindoutput>\n\n") + "</valgrindoutput>"
        for error in xml.etree.ElementTree.fromstring(text).iter("error"):
            frames = [frame.findtext("obj") for frame in error.iter("frame")]
            if str(library) in frames:
                found.append(xml.etree.ElementTree.tostring(error, encoding="unicode"))
    return found


def exec_errors(programs, folder, library, tmp_path, cases, context, **more):
    arguments = ("--folder", folder, "--library", library, "--from", context, *cases)
    return errors(library, programs / "exec_probe", *arguments, folder=tmp_path, **more)


def test_exec(programs, folder, libcovenv, tmp_path):
    assert exec_errors(programs, folder, libcovenv, tmp_path, SAMPLE, "thread") == []


def test_kill(programs, libcovenv, tmp_path):
    cases = [f"{sender}/child_{signal}" for sender in ("kill", "killpg", "syscall_kill") for signal in ("0", "KILL", "TERM")]
    assert errors(libcovenv, programs / "signal_probe", *cases, folder=tmp_path) == []


def test_a_library_with_an_error_is_seen(programs, folder, tmp_path):
    extra = {"MUTANT": "branches_on_nothing"}
    mutant = programs / "mutant.so"
    assert exec_errors(programs, folder, mutant, tmp_path, ["execve/plain"], "main", extra=extra)
