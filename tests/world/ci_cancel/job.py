# SPDX-License-Identifier: MIT
"""Job: a job of a CI system, with its entry process, the processes below, and what they have measured."""

import contextlib
import functools
import os
import select
import signal
import subprocess
import time
from pathlib import Path

import psutil
from user_project import combined

DEADLINE = 60
SERVER = """
def work():
    done = 0
    for amount in range(3):
        done += amount
    return done


work()
print("ready", flush=True)
while True:
    import time
    time.sleep(600)
"""
SUITE = """
import subprocess
import sys
import time


def start():
    server = subprocess.Popen([sys.executable, "server.py"], stdout=subprocess.PIPE, start_new_session={own_session})
    assert server.stdout.readline()
    open("hangs", "w").close()
    return server


def test_server():
    server = start()
    {hang}
"""
HANGS = "time.sleep(600)"
# The test ignores interrupts, as a fixture or a loop that catches too much does.
SWALLOWS_INT = """
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            pass
"""


class Job:
    """A job that runs `command` in `folder`. Its stdout and stderr are collected in `output` (bytes).

    `mark` is the variable (name, value) by which the CI system knows the job's processes.
    """

    def __init__(self, folder, command, mark=("CI_JOB", "0"), **environment):
        self.folder = folder
        self.mark = (mark[0], f"{mark[1]}-{folder.name}-{os.getpid()}")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        variables.pop("LD_PRELOAD", None)
        variables |= {self.mark[0]: self.mark[1], **environment}
        self.process = subprocess.Popen(
            [*map(str, command)],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self.process.pid
        self.output = b""

    @functools.cache
    def init(self):
        """PID 1 (a psutil.Process) of the namespace, if the entry process is `unshare --pid --fork`."""
        [init] = psutil.Process(self.pid).children()
        return init

    def wait_for(self, file):
        """Waits until a process of the job has made this file. Fails after DEADLINE seconds, or if the job ends."""
        end = time.monotonic() + DEADLINE
        while not (self.folder / file).exists():
            assert time.monotonic() < end and not self.output_closed(0.01), self.output.decode()

    def output_closed(self, patience):
        """Reads output for so many seconds. True if all processes that could write have ended."""
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], left)[0]:
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    return True
                self.output += data
        return False

    def exited(self, patience):
        """True if the entry process exits within so many seconds. The output is read meanwhile."""
        end = time.monotonic() + patience
        while self.process.poll() is None and time.monotonic() < end:
            if self.output_closed(0.02):
                time.sleep(0.02)
        return self.process.poll() is not None

    def processes(self):
        """The living processes whose working directory is in the job's folder, whatever their parents are."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError, FileNotFoundError):
                if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(self.folder):
                    found.append(process)
        return found

    def wait_for_the_end(self):
        """Waits until no process of the job is left, and reads all output. Fails after DEADLINE seconds."""
        end = time.monotonic() + DEADLINE
        while left := self.processes():
            self.output_closed(0.02)
            assert time.monotonic() < end, f"{left}\n{self.output.decode()}"
        # The last process may have printed something after the last look.
        assert self.output_closed(DEADLINE), self.output.decode()

    def report(self, python):
        """The Report of all that the job's processes measured, after all of them have ended."""
        self.wait_for_the_end()
        return combined(self.folder, python)

    def close(self):
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
