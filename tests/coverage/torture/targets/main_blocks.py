# SPDX-License-Identifier: MIT
"""Only a thread that is not the main one can be interrupted."""

import signal
import threading

from situation import ready, start_threads


def prepare():
    start_threads(1, threading.Event().wait)
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())


prepare()
ready()
threading.Event().wait()
