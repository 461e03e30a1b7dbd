# SPDX-License-Identifier: MIT
"""The same as finalising_teardown.py, with the GIL held all the time."""

import time

from situation import ready


class Last:
    def __del__(self, ready=ready, now=time.monotonic):
        ready()
        end = now() + 5
        while now() < end:
            pass


def prepare():
    return Last()


last = prepare()
