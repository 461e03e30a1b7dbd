# SPDX-License-Identifier: MIT
"""How a program of tests/coverage/journal/programs ends at its last line. This file is not measured."""

import os
import signal
import sys

from coverage import Coverage

HOW = os.environ["HOW"]
_started = Coverage.current()


def save(*coverages):
    """With HOW=save: has each of these Coverage objects save, or else the current one. With HOW=kill: does nothing."""
    if HOW == "save":
        for coverage in coverages or [Coverage.current() or _started]:
            coverage.save()


def now(*coverages):
    """Ends this process: with HOW=save it saves and exits with 0, with HOW=kill it dies of SIGKILL without a save."""
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
