# SPDX-License-Identifier: MIT
"""A program that forks all the time. The parent is killed."""

import os

from situation import ready


def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def prepare():
    fork()


prepare()
ready()
while True:
    fork()
