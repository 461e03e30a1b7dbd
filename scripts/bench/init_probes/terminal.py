# SPDX-License-Identifier: MIT
"""Job control by an interactive bash on a terminal."""

import fcntl
import os
import pty
import select
import shlex
import subprocess
import termios
import time

from .commands import echo
from .probe import probe, yes
from .scene import STARTING
from .wrappers import GRACE


class Bash:
    def __init__(self):
        self.master, slave = pty.openpty()
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        attributes[3] = attributes[3] & ~termios.ECHO | termios.TOSTOP
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "--noediting", "-i"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "PS1": "$ ", "HISTFILE": ""},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._text = b""

    def keys(self, keys):
        os.write(self.master, keys)

    def line(self, text):
        self.keys(text.encode() + b"\n")

    def shows(self, text, within):
        """Skips what stands before it, too."""
        end = time.monotonic() + within
        while text.encode() not in self._text:
            if not select.select([self.master], [], [], max(end - time.monotonic(), 0))[0]:
                return False
            try:
                self._text += os.read(self.master, 65536)
            except OSError:  # the last one has closed it
                return False
        self._text = self._text.partition(text.encode())[2]
        return True

    def has_a_stopped_job(self, within):
        end = time.monotonic() + within
        while time.monotonic() < end:
            self.line("jobs -s | grep -q . && echo sto''pped")
            if self.shows("stopped\n", 0.1):
                return True
        return False


@probe("^Z stops the job, fg continues it")
def suspended(wrapper, settings):
    bash = Bash()
    bash.line(shlex.join([*wrapper.prefix(GRACE), *echo()]))
    if not bash.shows("ready\n", STARTING):
        return "no"
    bash.keys(b"\x1a")
    if not bash.has_a_stopped_job(settings.patience):
        return "not stopped"
    bash.line("fg")
    bash.line("hello")
    return yes(bash.shows("heard hello\n", settings.patience))


@probe("in the background, a read from the terminal stops the job, fg continues it")
def background_read(wrapper, settings):
    return _background(wrapper, "read line; echo hea''rd $line", settings)


@probe("in the background under `stty tostop`, a write to the terminal stops the job, fg continues it")
def background_write(wrapper, settings):
    return _background(wrapper, "echo hea''rd hello", settings)


def _background(wrapper, code, settings):
    bash = Bash()
    bash.line(shlex.join([*wrapper.prefix(GRACE), "sh", "-c", code]) + " &")
    if not bash.has_a_stopped_job(settings.patience):
        return "not stopped"
    bash.line("fg")
    bash.line("hello")
    return yes(bash.shows("heard hello\n", settings.patience))
