# SPDX-License-Identifier: MIT
"""What every target shares: how it tells the runner that it is where it was meant to get, and the C code it uses.

The arguments of a target: the descriptor of the runner's pipe, and the folder with what native.c was built into.
"""

import ctypes
import os
import signal
import sys
import threading

PIPE = int(sys.argv[1])
FOLDER = sys.argv[2]
PR_SET_PDEATHSIG = 1


def tell(*words):
    os.write(PIPE, (" ".join(map(str, words)) + "\n").encode())


def ready(pid=None):
    # A target whose runner is gone shall not go on for ever.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    tell("ready", pid or os.getpid())


def native():
    """The functions of native.c, called without the GIL."""
    return ctypes.CDLL(os.path.join(FOLDER, "native.so"))


def native_with_gil():
    return ctypes.PyDLL(os.path.join(FOLDER, "native.so"))


def start_threads(count, function, *arguments):
    """Threads that run the function for ever; returns when each has begun."""
    begun = [threading.Event() for _ in range(count)]

    def run(event):
        event.set()
        function(*arguments)

    for event in begun:
        threading.Thread(target=run, args=(event,), daemon=True).start()
    for event in begun:
        event.wait()


def report_child(pid):
    """For a parent whose child is to be killed."""
    _, status = os.waitpid(pid, 0)
    tell("status", status)
    while True:
        os.read(0, 1)
