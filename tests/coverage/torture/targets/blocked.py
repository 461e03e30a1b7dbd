# SPDX-License-Identifier: MIT
"""A main thread in a call that only a signal wakes. Code after it (a line, a `finally`, an `atexit`) must not run,
and prints if it does."""

import atexit
import ctypes
import os
import select
import signal
import socket
import subprocess
import threading
import time

from situation import ready

LONG = 1000
libc = ctypes.CDLL(None)


def prepare():
    child = subprocess.Popen(["sleep", str(LONG)])
    pair = socket.socketpair()
    lock = threading.Lock()
    lock.acquire()
    return child, pair, lock


child, pair, lock = prepare()
CALLS = {
    "pause": signal.pause,
    "c_pause": libc.pause,
    "c_pause_with_gil": ctypes.PyDLL(None).pause,
    "c_sleep": lambda: libc.sleep(LONG),
    "c_usleep": lambda: libc.usleep(LONG * 1000000),
    "c_poll": lambda: libc.poll(None, 0, LONG * 1000),
    "time_sleep": lambda: time.sleep(LONG),
    "select": lambda: select.select(pair[:1], [], [], LONG),
    "recv": lambda: pair[0].recv(1),
    "recv_timeout": lambda: (pair[0].settimeout(LONG), pair[0].recv(1)),
    "lock": lambda: lock.acquire(timeout=LONG),
    "wait": child.wait,
}


def behind(what):
    os.write(1, f"{what} ran\n".encode())


block = CALLS[os.environ["TORTURE_CALL"]]
atexit.register(behind, "atexit")
ready()
try:
    block()
    behind("the line behind")
finally:
    behind("finally")
