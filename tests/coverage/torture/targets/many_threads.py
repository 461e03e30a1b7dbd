# SPDX-License-Identifier: MIT
import threading
import time

from situation import ready, start_threads


def compute():
    while True:
        sum(range(100))


def prepare():
    start_threads(30, threading.Event().wait)
    start_threads(20, time.sleep, 1000)
    start_threads(5, compute)


prepare()
ready()
compute()
