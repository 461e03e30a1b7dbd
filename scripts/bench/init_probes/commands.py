# SPDX-License-Identifier: MIT
"""What is run below a wrapper. Each says `ready PID` once it is, and gives up after a minute."""

import sys

PYTHON = [sys.executable, "-SEs", "-c"]


def python(code, *arguments):
    return [*PYTHON, code, *map(str, arguments)]


_REPORTER = """
import os, select, signal, sys
r, w = os.pipe()
os.set_blocking(w, False)
signal.set_wakeup_fd(w)
for signo in map(int, sys.argv[1:]):
    signal.signal(signo, lambda *_: None)
os.write(1, b"ready %d\\n" % os.getpid())
while select.select([r], [], [], 60)[0]:
    for signo in os.read(r, 100):
        os.write(1, b"%d\\n" % signo)
"""

_PLAIN = """
import os, signal, sys, time
for signo in map(int, sys.argv[1:]):
    signal.signal(signo, signal.SIG_IGN)
os.write(1, b"ready %d\\n" % os.getpid())
time.sleep(60)
"""

_COUNTER = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.write(1, b"ready %d\\n" % os.getpid())
times = 0
while signal.sigtimedwait([signal.SIGTERM], 0.3 if times else 60):
    times += 1
os.write(1, b"%d\\n" % times)
os._exit(7)
"""

# argv: where the relative is (group, session, daemon), what it does about TERM (act, ignore), when its leader exits
# (now, at TERM).
_FAMILY = """
import os, signal, sys, time
place, reaction, when = sys.argv[1:]
leader = os.getpid()
r, w = os.pipe()

def rest():
    for _ in range(1200):
        time.sleep(0.05)
    os._exit(0)

def acts(*_):
    os.write(1, b"TERM\\n")
    os._exit(0)

if os.fork() == 0:
    if place != "group":
        os.setsid()
    if place == "daemon" and os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, acts if reaction == "act" else signal.SIG_IGN)
    os.write(w, b"x")
    rest()
if place == "daemon":
    os.wait()
signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
os.read(r, 1)
os.write(1, b"ready %d\\n" % leader)
if when == "now":
    os._exit(3)
rest()
"""

_PARENT = """
import os, subprocess, sys
subprocess.run(sys.argv[1:])
"""

_ORPHANS = """
import os, sys, time
from pathlib import Path

number, patience = int(sys.argv[1]), float(sys.argv[2])
os.write(1, b"ready %d\\n" % os.getpid())
for _ in range(number):
    child = os.fork()
    if child == 0:
        os.fork()
        os._exit(0)
    os.waitpid(child, 0)

def zombies():
    found = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            found += status.read_text().rpartition(")")[2].split()[:2] == ["Z", "1"]
        except OSError:
            pass
    return found

end = time.monotonic() + patience
while zombies() and time.monotonic() < end:
    time.sleep(0.02)
os.write(1, b"%d\\n" % zombies())
"""

_ECHO = """
import os, sys
os.write(1, b"re" b"ady\\n")
for line in sys.stdin:
    os.write(1, b"heard " + line.encode())
"""


def reporter(*signals):
    """Prints the number of each of these that comes."""
    return python(_REPORTER, *map(int, signals))


def plain(*ignored):
    return python(_PLAIN, *map(int, ignored))


def counter():
    """Prints how often TERM came, once no more comes, and exits with 7."""
    return python(_COUNTER)


def family(place, reaction, when):
    return python(_FAMILY, place, reaction, when)


def parent_of(command):
    return python(_PARENT, *command)


def orphans(number, patience):
    """Prints how many zombies PID 1 has left of them in the end."""
    return python(_ORPHANS, number, patience)


def echo():
    return python(_ECHO)
