# SPDX-License-Identifier: MIT
"""A child forked by a process whose stack cache several threads have been through."""

import os
import threading

from situation import native, ready, report_child, start_threads


def prepare():
    start_threads(3, threading.Event().wait)
    return native().malloc_for_ever


def in_child():
    numbers = list(range(100))
    return sum(numbers)


malloc_for_ever = prepare()
pid = os.fork()
if pid == 0:
    in_child()
    ready()
    malloc_for_ever()
report_child(pid)
