# SPDX-License-Identifier: MIT
"""Measured CPython processes, as scenarios: `programs.py NAME`, run in the folder of the targets.

The output has to be the same without the library, and with it whatever fails, except lines that start with "may ".
"""

import os
import signal
import subprocess
import sys
import threading

import coverage


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def say_state():
    with open("/proc/self/status") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        files = sum(os.path.exists(f"/proc/self/fd/{fd}") for fd in range(256)) - 1
    # SigCgt is left out, because the signals that covenv catches are seen there, as shim/README.md says.
    say("state", fields["SigBlk"], fields["SigIgn"], "threads", fields["Threads"], "files", files)


def start(name):
    """Starts this file's function `name` as a child. Returns the Popen, once the child is ready.

    The child ends when its stdin is closed.
    """
    child = subprocess.Popen(
        [sys.executable, "-S", __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    # Read byte by byte, because readline() may read on behind the line.
    while os.read(child.stdout.fileno(), 1) != b"\n":
        pass
    return child


def finish(child):
    child.stdin.close()
    rest = child.stdout.read()
    child.stdout.close()
    say("end", child.wait())
    os.write(1, rest)


# ---- children ----


def sits():
    say("ready")
    sys.stdin.read()
    os.abort()


def is_busy():
    say("ready")
    while True:
        pass


def has_threads():
    for _ in range(3):
        threading.Thread(target=sys.stdin.read, daemon=True).start()
    sits()


def leaves():
    say("ready")
    os._exit(4)


def becomes_another():
    say("ready")
    os.execv("./target", ["name", "two"])


def becomes_nothing():
    say("ready")
    for path in ("./missing", "./denied"):
        try:
            os.execv(path, ["name"])
        except OSError as error:
            say(path, error.errno)
    say_state()


def ends_itself():
    say("ready")
    os.kill(os.getpid(), signal.SIGTERM)
    os.abort()


def raises():
    say("ready")
    signal.raise_signal(signal.SIGINT if signal.getsignal(signal.SIGINT) is signal.SIG_DFL else signal.SIGTERM)
    os.abort()


def forks_and_leaves():
    say("ready")
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    say("child", os.waitpid(pid, 0)[1])


# ---- scenarios ----


def of(name, end=lambda child: None):
    """A scenario: the child `name` is started, end(child) may end it, and its end and output are printed."""

    def scenario():
        child = start(name)
        end(child)
        finish(child)

    return scenario


def killed_fork():
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, b"r")
        while True:
            signal.pause()
    os.read(reading, 1)
    os.kill(pid, signal.SIGKILL)
    say("child", os.waitpid(pid, 0)[1])
    os.close(reading)
    os.close(writing)


def runs_programs():
    say(subprocess.run(["./target", "one"], env={"EXIT_WITH": "3"}).returncode)
    say(os.system("./target two"))
    say(os.waitpid(os.posix_spawn("./target", ["name"], {}), 0)[1])


def dispositions():
    for number in (signal.SIGURG, 57, 59):
        say(signal.getsignal(number))
        for action in (signal.SIG_IGN, signal.SIG_DFL):
            say(signal.signal(number, action))
    heard = []
    signal.signal(signal.SIGURG, lambda number, frame: heard.append(number))
    os.kill(os.getpid(), signal.SIGURG)
    say(heard)


def measures():
    pass


SCENARIOS = {
    "killed": of("sits", subprocess.Popen.kill),
    "terminated": of("sits", subprocess.Popen.terminate),
    "killed_busy": of("is_busy", subprocess.Popen.kill),
    "killed_with_threads": of("has_threads", subprocess.Popen.kill),
    "killed_fork": killed_fork,
    "_exit": of("leaves"),
    "execv": of("becomes_another"),
    "execv_fails": of("becomes_nothing"),
    "kill_self": of("ends_itself"),
    "raise": of("raises"),
    "fork_exit": of("forks_and_leaves"),
    "runs_programs": runs_programs,
    "dispositions": dispositions,
    "measures": measures,
}

if __name__ == "__main__":
    coverage.Coverage().start()
    exec("pass")  # an audit event, by which the library sees that this process is measured
    name = sys.argv[1]
    if name in SCENARIOS:
        SCENARIOS[name]()
        say_state()
    else:
        globals()[name]()
