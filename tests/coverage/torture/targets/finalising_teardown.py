# SPDX-License-Identifier: MIT
"""Past atexit: the modules are being cleared."""

import time

from situation import ready


class Last:
    def __del__(self, ready=ready, sleep=time.sleep):
        ready()
        sleep(5)


def prepare():
    return Last()


last = prepare()
