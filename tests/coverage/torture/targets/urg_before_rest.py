# SPDX-License-Identifier: MIT
import os
import signal
import time

from situation import ready


def prepare(caught):
    os.kill(os.getpid(), signal.SIGURG)
    assert caught == [1], "the program's own handler was not called"
    assert callable(signal.getsignal(signal.SIGURG))


def go_on(caught):
    prepare(caught)
    ready()
    time.sleep(1000)
