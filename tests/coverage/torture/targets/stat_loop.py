# SPDX-License-Identifier: MIT
import os

from situation import ready, start_threads


def look():
    while True:
        os.stat("/usr/bin/env")
        os.listdir("/proc/self")


def prepare():
    start_threads(2, look)


prepare()
ready()
look()
