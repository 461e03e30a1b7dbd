# SPDX-License-Identifier: MIT
"""sigforward with a controlling terminal: its foreground group, and job control."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios

import pytest
from wrapped import DEADLINE, PYTHON

ECHO = """
import os, sys
os.write(1, b"ready\\n")
for line in sys.stdin:
    os.write(1, b"got " + line.encode())
"""

# A program that treats its job as an interactive shell does: the job has a process group of its own, and the terminal.
# The program prints each change of the job, and at SIGUSR1 puts a stopped job into the foreground.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
job = os.fork()
if job == 0:
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    os.tcsetpgrp(0, os.getpid())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTTOU])
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    status = os.waitpid(job, os.WUNTRACED)[1]
    os.tcsetpgrp(0, os.getpgrp())
    if not os.WIFSTOPPED(status):
        os.write(1, f"shell: ended {os.waitstatus_to_exitcode(status)}\\n".encode())
        break
    os.write(1, f"shell: stopped {os.WSTOPSIG(status)}\\n".encode())
    signal.sigwait([signal.SIGUSR1])
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
"""

# A test runner in the foreground that starts the wrapper as a plain child in its own group.
RUNNER = """
import os, subprocess, sys
job = subprocess.Popen(sys.argv[1:])
job.wait()
"""


class Session:
    """One program in a session of its own, whose controlling terminal is a pty of this process."""

    def __init__(self, *command):
        self.master, slave = pty.openpty()
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def line(self):
        text = b""
        while not text.endswith(b"\n"):
            assert select.select([self.master], [], [], DEADLINE)[0], f"no line, only {text!r}"
            text += os.read(self.master, 1)
        return text.decode().rstrip("\n")

    def type(self, keys):
        os.write(self.master, keys)

    def foreground(self):
        return os.tcgetpgrp(self.master)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


@pytest.fixture
def session():
    sessions = []

    def start(*command):
        sessions.append(Session(*command))
        return sessions[-1]

    yield start
    for one in sessions:
        one.close()


WHO = "import os; tty = os.open('/dev/tty', os.O_RDWR); print(os.tcgetpgrp(tty) == os.getpgrp(), flush=True)"


def test_the_command_is_in_the_foreground_where_the_wrapper_was(session, sigforward):
    assert session(sigforward, "--", *PYTHON, WHO).line() == "True"


def test_a_wrapper_in_the_background_leaves_the_terminal_alone(session, sigforward):
    background = f"import os, subprocess; subprocess.run({[str(sigforward), '--', *PYTHON, WHO]!r}, preexec_fn=os.setpgrp)"
    assert session(*PYTHON, background).line() == "False"


def test_the_terminal_goes_back_when_the_command_ends(session, sigforward):
    opened = session("sh", "-c", '"$@"; echo again; read line; echo "$line"', "-", sigforward, "--", "true")
    assert opened.line() == "again"
    opened.type(b"typed\n")
    assert opened.line() == "typed"


def test_ctrl_c_reaches_the_command(session, sigforward):
    opened = session(sigforward, "--", "sh", "-c", "echo ready; exec sleep 30")
    assert opened.line() == "ready"
    opened.type(b"\x03")
    assert opened.process.wait(DEADLINE) == -signal.SIGINT


def test_ctrl_z_stops_the_job_and_fg_continues_it(session, sigforward):
    opened = session(*PYTHON, SHELL, sigforward, "--", *PYTHON, ECHO)
    assert opened.line() == "ready"
    for _ in range(2):
        opened.type(b"\x1a")
        assert opened.line() == f"shell: stopped {int(signal.SIGTSTP)}"
        os.kill(opened.process.pid, signal.SIGUSR1)
        opened.type(b"hello\n")
        assert opened.line() == "got hello"
    opened.type(b"\x04")
    assert opened.line() == "shell: ended 0"


def test_ctrl_z_where_nobody_could_continue_it_does_nothing(session, sigforward):
    """The kernel does not stop the bare command either, because the session's leader is alone in an orphaned group."""
    opened = session(sigforward, "--", *PYTHON, ECHO)
    assert opened.line() == "ready"
    opened.type(b"\x1a")
    opened.type(b"hello\n")
    assert opened.line() == "got hello"


def test_a_runner_keeps_the_terminal_until_the_command_asks_for_it(session, sigforward):
    opened = session(*PYTHON, RUNNER, sigforward, "--", "sh", "-c", "echo ready; read line; read line; echo $line")
    assert opened.line() == "ready"
    opened.type(b"one\ntwo\n")
    assert opened.line() == "two"


def test_a_runners_server_does_not_take_the_terminal(session, sigforward):
    opened = session(*PYTHON, RUNNER, sigforward, "--", "sh", "-c", "echo ready; exec sleep 30")
    assert opened.line() == "ready"
    assert opened.foreground() == opened.process.pid


def test_a_stop_that_is_not_the_terminals_leaves_the_wrapper_running(session, sigforward):
    opened = session(sigforward, "--", *PYTHON, ECHO)
    assert opened.line() == "ready"
    child = opened.foreground()
    os.kill(child, signal.SIGSTOP)
    os.kill(opened.process.pid, signal.SIGTERM)
    assert opened.process.wait(DEADLINE) == -signal.SIGTERM
