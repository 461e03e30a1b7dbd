# SPDX-License-Identifier: MIT
"""Killed before it says anything."""

import time


def prepare():
    time.sleep(1000)


prepare()
