# SPDX-License-Identifier: MIT
"""A program that installs a handler for SIGURG after the saver was armed."""

import os
import signal
import time

from situation import ready

caught = []


def prepare():
    signal.signal(signal.SIGURG, lambda *_: caught.append(1))
    os.kill(os.getpid(), signal.SIGURG)
    assert caught == [1], "the program's own handler was not called"


prepare()
ready()
time.sleep(1000)
