# SPDX-License-Identifier: MIT
"""A program that is killed after atexit, while its modules are cleared."""

import time

from situation import ready


class Last:
    def __del__(self, ready=ready, sleep=time.sleep):
        ready()
        sleep(5)


def prepare():
    return Last()


last = prepare()
