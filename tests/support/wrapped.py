# SPDX-License-Identifier: MIT
"""A running sigforward, and what tests do with it from outside: read its lines, find its guards, wait for its end."""

import contextlib
import os
import select
import subprocess
import sys
import time
from pathlib import Path

DEADLINE = 10
PYTHON = [sys.executable, "-SEs", "-c"]

# A program that prints "ready" once its handlers stand, then the number of each signal that comes. The end of stdin
# ends it. Signals come through the wakeup descriptor, because a signal just before a blocking call would wait in Python
# until that call returns.
REPORTER = """
import os, select, signal, sys
r, w = os.pipe()
os.set_blocking(w, False)
signal.set_wakeup_fd(w)
for signo in map(int, sys.argv[1:]):
    signal.signal(signo, lambda *_: None)
os.write(1, b"ready\\n")
while True:
    readable = select.select([0, r], [], [])[0]
    if r in readable:
        for signo in os.read(r, 100):
            os.write(1, f"{signo}\\n".encode())
    elif 0 in readable:
        break
"""
IGNORES_TERM = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"ready\\n")
time.sleep(30)
"""
SAYS_READY = "import os, time; os.write(1, b'ready\\n'); time.sleep(30)"


class Wrapped:
    """A sigforward that this process has started. Each of its three streams is a pipe, unless `popen` says otherwise.

    Every process below inherits the write end of a further pipe, so the end of file on `gone` says that all have ended.
    """

    def __init__(self, sigforward, *arguments, **popen):
        self.gone, write_end = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sigforward, *arguments],
                stdin=popen.pop("stdin", subprocess.PIPE),
                stdout=popen.pop("stdout", subprocess.PIPE),
                stderr=popen.pop("stderr", subprocess.PIPE),
                pass_fds=[write_end],
                **popen,
            )
        finally:
            os.close(write_end)
        self.pid = self.process.pid

    def line(self, within=DEADLINE):
        """The next line of stdout, without its newline. Fails if none comes within so many seconds."""
        read = self.process.stdout.fileno()
        text = b""
        while not text.endswith(b"\n"):
            assert select.select([read], [], [], within)[0], f"no line, only {text!r}"
            byte = os.read(read, 1)
            assert byte, f"end of file after {text!r}"
            text += byte
        return text.decode().rstrip("\n")

    def wait(self):
        """The wrapper's exit status, negative for a signal. Raises TimeoutExpired after DEADLINE seconds."""
        return self.process.wait(DEADLINE)

    def all_gone(self, within=DEADLINE):
        """True if the wrapper and every process below it have ended, or do so within so many seconds."""
        return bool(select.select([self.gone], [], [], within)[0]) and os.read(self.gone, 1) == b""

    def children(self):
        """The pids of the wrapper's children."""
        return [int(p) for p in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def close(self):
        """Kills the wrapper if it still runs, reaps it, and closes its streams."""
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.process.wait()
        os.close(self.gone)


def ready(wrapped):
    """Returns `wrapped` once its command has printed "ready"."""
    assert wrapped.line() == "ready"
    return wrapped


def run(sigforward, *arguments, **kwargs):
    """The CompletedProcess of one sigforward, whose stdout and stderr are text. Raises TimeoutExpired."""
    return subprocess.run(
        [sigforward, *arguments], capture_output=True, text=True, timeout=DEADLINE, check=False, **kwargs
    )


def eventually(condition):
    """Calls `condition` until its result is true, and returns that result. Fails after DEADLINE seconds."""
    end = time.monotonic() + DEADLINE
    while not (result := condition()):
        assert time.monotonic() < end, "never happened"
        time.sleep(0.002)
    return result


def guards_of(child):
    """The pids of sigforward's guards of `child`, the first guard before the second.

    A guard is a process with a guard's name that holds a pidfd of `child`. The list has none, one or two pids.
    """
    guards = {}
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if not comm.read_text().startswith("sigfwd-"):
                continue
            if any(f"\nPid:\t{child}\n" in info.read_text() for info in (comm.parent / "fdinfo").iterdir()):
                guards[int(comm.parent.name)] = int((comm.parent / "stat").read_text().rpartition(")")[2].split()[1])
    return sorted(guards, key=lambda pid: guards[pid] in guards)


def both_guards_of(child):
    """The pids of the first and the second guard of `child`, once both are there. Fails after DEADLINE seconds."""
    return eventually(lambda: guards if len(guards := guards_of(child)) == 2 else None)


def state(pid):
    """The state letter of a process as /proc/PID/stat has it ("S", "T", "Z", ...), or "gone"."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
