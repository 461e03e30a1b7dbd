# SPDX-License-Identifier: MIT
"""A forked child that is killed while it comes out of fork()."""

import os

from situation import ready, report_child


def prepare():
    return os.getpid()


prepare()
pid = os.fork()
if pid == 0:
    while True:
        pass
ready(pid)
report_child(pid)
