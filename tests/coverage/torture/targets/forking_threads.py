# SPDX-License-Identifier: MIT
"""The same as forking.py, with threads that are in malloc()."""

import os

from situation import native, ready, start_threads


def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def prepare():
    start_threads(2, native().malloc_for_ever)
    fork()


prepare()
ready()
while True:
    fork()
