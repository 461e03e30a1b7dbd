# SPDX-License-Identifier: MIT
"""The code that all targets share: they tell the runner that they are ready, start threads, and call C code.

The arguments of a target are the descriptor of the runner's pipe, and the folder with the libraries built of *.c.
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
    # The target dies with its runner, so that it does not run for ever.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    tell("ready", pid or os.getpid())


def native():
    """The functions of native.c, called without the GIL."""
    return ctypes.CDLL(os.path.join(FOLDER, "native.so"))


def native_with_gil():
    return ctypes.PyDLL(os.path.join(FOLDER, "native.so"))


def start_threads(count, function, *arguments):
    """Starts `count` daemon threads that run the function, and returns when all have begun."""
    begun = [threading.Event() for _ in range(count)]

    def run(event):
        event.set()
        function(*arguments)

    for event in begun:
        threading.Thread(target=run, args=(event,), daemon=True).start()
    for event in begun:
        event.wait()


def report_child(pid):
    """Called by a parent whose child is killed: tells the runner the child's status (of waitpid()). Never returns."""
    _, status = os.waitpid(pid, 0)
    tell("status", status)
    while True:
        os.read(0, 1)
