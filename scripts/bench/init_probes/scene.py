# SPDX-License-Identifier: MIT
"""One wrapper with a command below it, and how everything below this process ends."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import time
from pathlib import Path

STARTING = 30  # seconds
_PR_SET_CHILD_SUBREAPER = 36


class Hang(Exception):
    """What a probe waits for does not happen. A result."""


class Scene:
    """The command's stdout is a pipe that whatever is below the wrapper inherits: its end says that all are gone."""

    def __init__(self, *command, stdin=subprocess.DEVNULL, **popen):
        self.process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0, **popen
        )
        self.pid = self.process.pid
        self._text = b""
        self._ended = False

    def close(self):
        self.process.stdout.close()

    def _read(self, end):
        """Whether there was something to read, the end included, in time."""
        stdout = self.process.stdout.fileno()
        if self._ended or not select.select([stdout], [], [], max(end - time.monotonic(), 0))[0]:
            return False
        more = os.read(stdout, 65536)
        self._ended = not more
        self._text += more
        return True

    def line(self, within):
        """None where none comes."""
        end = time.monotonic() + within
        while b"\n" not in self._text:
            if not self._read(end):
                return None
        line, self._text = self._text.split(b"\n", 1)
        return line.decode()

    def says(self, text, within):
        return self.line(within) == text

    def ready(self):
        """The process id of the command, as it sees itself."""
        word, _, pid = (self.line(STARTING) or "").partition(" ")
        if word != "ready":
            raise Hang("it does not start")
        return int(pid)

    def gone(self, within):
        end = time.monotonic() + within
        while not self._ended:
            if not self._read(end):
                return self._ended
        return True

    def wait(self, within):
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired as error:
            raise Hang("it does not end") from error


def status(returncode):
    """As a shell script's author sees it, and as Popen does where they differ."""
    return f"SIG{signal_name(-returncode)}" if returncode < 0 else str(returncode)


def signal_name(signo):
    if signo in (signal.SIGRTMIN, signal.SIGRTMAX) or signo not in set(signal.Signals):
        return "RTMAX" if signo == signal.SIGRTMAX else f"RTMIN+{signo - signal.SIGRTMIN}"
    return signal.Signals(signo).name.removeprefix("SIG")


def field(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return line.split(":")[1].strip()
    raise KeyError(name)


def stop(pid):
    """Returns once it has stopped: a signal that comes sooner is acted on first."""
    os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + STARTING
    while not field(pid, "State").startswith("T"):
        if time.monotonic() > end:
            raise Hang("it does not stop")
        time.sleep(0.002)


def children(pid):
    with contextlib.suppress(OSError):
        return [int(child) for tasks in Path(f"/proc/{pid}/task").iterdir() for child in (tasks / "children").read_text().split()]
    return []


def descendants(pid):
    for child in children(pid):
        yield child
        yield from descendants(child)


def adopt_orphans():
    """From now on nothing below this process gets out of its sight."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_all_below():
    for _ in range(1000):
        for pid in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)
    raise Hang("processes that cannot be ended are left")
