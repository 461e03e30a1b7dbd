# SPDX-License-Identifier: MIT
import signal
import time

from situation import ready


def prepare():
    signal.signal(signal.SIGURG, signal.SIG_IGN)
    assert signal.signal(signal.SIGURG, signal.SIG_IGN) == signal.SIG_IGN


prepare()
ready()
time.sleep(1000)
