# SPDX-License-Identifier: MIT
import time

from situation import ready


def prepare():
    return time.monotonic()


prepare()
ready()
time.sleep(1000)
