# SPDX-License-Identifier: MIT
"""A program that is killed in a callback of atexit, which runs before coverage's own."""

import atexit
import time

from situation import ready


def callback():
    ready()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        pass


def prepare():
    atexit.register(callback)


prepare()
