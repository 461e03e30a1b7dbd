# SPDX-License-Identifier: MIT
"""A program that is killed at any moment of its start."""

import time


def prepare():
    time.sleep(1000)


prepare()
