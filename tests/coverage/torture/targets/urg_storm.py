# SPDX-License-Identifier: MIT
"""A program that sends SIGURG to itself all the time, and catches it."""

import os
import signal

from situation import ready

caught = []


def prepare():
    signal.signal(signal.SIGURG, lambda *_: caught.append(1))
    os.kill(os.getpid(), signal.SIGURG)


prepare()
ready()
while True:
    os.kill(os.getpid(), signal.SIGURG)
    caught.clear()
