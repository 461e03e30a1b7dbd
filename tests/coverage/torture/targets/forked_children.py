# SPDX-License-Identifier: MIT
"""A program that has had 50 children. Each was forked while threads were in sqlite, and left by os._exit()."""

import os
import time

from situation import ready, start_threads
from sqlite_threads import query


def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def prepare():
    start_threads(2, query)
    for _ in range(50):
        fork()


prepare()
ready()
time.sleep(1000)
