# SPDX-License-Identifier: MIT
"""Every thread blocks every signal except SIGTERM, so the ask (SIGURG) reaches none."""

import signal
import threading

from situation import ready, start_threads


def prepare():
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - {signal.SIGTERM})
    start_threads(3, threading.Event().wait)


prepare()
ready()
threading.Event().wait()
