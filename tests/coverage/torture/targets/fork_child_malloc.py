# SPDX-License-Identifier: MIT
"""A forked child in malloc(). It has one thread, and its malloc() takes no lock."""

import os

from situation import native, ready, report_child


def prepare():
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
