# SPDX-License-Identifier: MIT
"""The parent is the one that is killed."""

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
