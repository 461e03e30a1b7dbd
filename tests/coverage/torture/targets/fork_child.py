# SPDX-License-Identifier: MIT
import os

from situation import ready, report_child


def prepare():
    return os.getpid()


def in_child():
    numbers = list(range(100))
    return sum(numbers)


prepare()
pid = os.fork()
if pid == 0:
    in_child()
    ready()
    while True:
        in_child()
report_child(pid)
