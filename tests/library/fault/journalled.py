# SPDX-License-Identifier: MIT
"""Scenarios with processes that a real coverage measures: `journalled.py NAME`.

The output has to be the same without the library, and with it whatever fails, except lines that start with "may ".
Those say how much of a killed process was kept. A line of work.py that is kept and never ran is wrong in every run.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

import coverage

FUNCTIONS = 800
HEIGHT = 5  # the lines of a function in WORK, with its `def` and the empty line
WORK = "".join(f"def f{n}(x):\n    x += {n}\n    x += {n}\n    return x\n\n" for n in range(FUNCTIONS))
# The lines of work.py that an import runs: each `def`.
MADE = {1 + HEIGHT * n for n in range(FUNCTIONS)}


def ran(first, last):
    """The numbers of the lines that run when the functions from `first` to before `last` are called."""
    return {1 + HEIGHT * n + line for n in range(first, last) for line in (1, 2, 3)}


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def say_state():
    with open("/proc/self/status") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    files = sum(os.path.exists(f"/proc/self/fd/{fd}") for fd in range(256)) - 1
    say("state", fields["SigBlk"], fields["SigIgn"], "threads", fields["Threads"], "files", files)
    # The caught signals may differ, because a process whose journal has failed is asked, and catches signals for that.
    say("may catch", fields["SigCgt"])


def measured(work, **settings):
    """Imports work.py measured, as `coverage run --parallel-mode` does, and runs `work(call)`.

    call(first, last) calls the functions from `first` to before `last`. `settings` say what is measured; without them
    work.py alone is.
    """
    settings = settings or {"include": [os.path.join(os.getcwd(), "work.py")]}
    current = coverage.Coverage(data_file="data", data_suffix=True, **settings)
    current.start()
    sys.path.insert(0, os.getcwd())
    import work as module

    work(lambda first, last: [getattr(module, f"f{n}")(n) for n in range(first, last)])
    current.stop()
    current.save()


def dies():
    def work(call):
        call(0, FUNCTIONS)
        say_state()
        say("ready")
        sys.stdin.read()

    measured(work)


def forks():
    def work(call):
        call(0, 300)
        pid = os.fork()
        if pid == 0:
            call(300, FUNCTIONS)
            os.kill(os.getpid(), signal.SIGKILL)
        say("child", os.waitpid(pid, 0)[1])
        say_state()
        say("ready")
        sys.stdin.read()

    measured(work)


def goes_on():
    """A process that works twice. Its parent combines in between."""

    def work(call):
        call(0, 300)
        say("ready")
        sys.stdin.readline()
        call(300, FUNCTIONS)
        say("ready")
        sys.stdin.read()

    measured(work)


def starts():
    """A process whose children start coverage late, by the code that this process has compiled."""

    def work(call):
        call(0, 300)
        for _ in range(2):
            say("child", subprocess.run([sys.executable, "-c", "import work; work.f1(1)"]).returncode)
        say("ready")
        sys.stdin.read()

    measured(work, source=[os.getcwd()])


class Child:
    def __init__(self, name):
        self.process = subprocess.Popen([sys.executable, __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.read()

    def read(self):
        for line in iter(self.process.stdout.readline, b"ready\n"):
            if not line:
                sys.exit("it ended")
            os.write(1, line)

    def end(self):
        self.process.stdin.close()
        rest = self.process.stdout.read()
        say("end", self.process.wait())
        os.write(1, rest)

    def kill(self):
        self.process.kill()
        self.end()


def combined():
    """The numbers of the lines of work.py in all data of this folder."""
    current = coverage.Coverage(data_file="data")
    try:
        current.combine(keep=True)
    except coverage.exceptions.NoDataError:
        return set()
    data = current.get_data()
    [name] = data.measured_files() or [""]
    return set(data.lines(name) or ())


def check(name, lines, must, may):
    """Prints which of the lines that must be kept are missing, and which were kept that neither must nor may be."""
    say(name, "misses", sorted(must - lines)[:5], "has wrong", sorted(lines - must - may)[:5])
    say("may", name, len(lines))


def killed():
    Child("dies").kill()
    check("killed", combined(), set(), MADE | ran(0, FUNCTIONS))


def ends():
    Child("dies").end()
    check("ends", combined(), MADE | ran(0, FUNCTIONS), set())


def parent_of_children():
    Child("starts").end()
    check("parent of children", combined(), MADE | ran(0, 300), set())


def parent_of_killed():
    Child("forks").end()
    check("parent of killed", combined(), MADE | ran(0, 300), ran(300, FUNCTIONS))


def killed_parent():
    Child("forks").kill()
    check("killed parent", combined(), set(), MADE | ran(0, FUNCTIONS))


def combined_meanwhile():
    child = Child("goes_on")
    check("before", combined(), set(), MADE | ran(0, 300))
    child.process.stdin.write(b"\n")
    child.process.stdin.flush()
    child.read()
    child.kill()
    check("after", combined(), set(), MADE | ran(0, FUNCTIONS))


SCENARIOS = {
    "killed": killed,
    "ends": ends,
    "parent_of_children": parent_of_children,
    "parent_of_killed": parent_of_killed,
    "killed_parent": killed_parent,
    "combined_meanwhile": combined_meanwhile,
}

if __name__ == "__main__":
    name = sys.argv[1]
    if name in SCENARIOS:
        folder = tempfile.mkdtemp(dir=".")
        os.chdir(folder)
        with open("work.py", "w") as file:
            file.write(WORK)
        __file__ = os.path.abspath(__file__)
        SCENARIOS[name]()
        os.chdir("..")
        shutil.rmtree(folder)
        say("may leave", sorted(os.listdir("/dev/shm")))
        say_state()
    else:
        globals()[name]()
