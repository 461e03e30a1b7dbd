# SPDX-License-Identifier: MIT
"""The main thread blocks every signal, so only another thread can be interrupted."""

import signal
import threading

from situation import ready, start_threads


def prepare():
    start_threads(1, threading.Event().wait)
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())


prepare()
ready()
threading.Event().wait()
