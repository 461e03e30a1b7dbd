# SPDX-License-Identifier: MIT
"""How a program of tests/coverage/journal/programs ends at its last line. This file is not measured."""

import os
import signal
import sys

from coverage import Coverage

HOW = os.environ["HOW"]
_started = Coverage.current()


def save(*coverages):
    """What coverage alone would keep: all of these, or the one that runs."""
    if HOW == "save":
        for coverage in coverages or [Coverage.current() or _started]:
            coverage.save()


def now(*coverages):
    """With what it has recorded saved; or killed, so that nothing is."""
    save(*coverages)
    sys.stdout.flush()
    if HOW == "save":
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


def by_exit():
    save()
    os._exit(3)


def by_exec():
    save()
    os.execv("/bin/true", ["true"])


def wait(pid):
    _, status = os.waitpid(pid, 0)
    expected = 0 if HOW == "save" else signal.SIGKILL
    if status != expected:
        print("a child ended with", status, file=sys.stderr)
        os._exit(99)


def then_save(function):
    def call():
        function()
        save()

    return call
