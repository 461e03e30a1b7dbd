# SPDX-License-Identifier: MIT
"""A program that starts and joins threads all the time, in C."""

from situation import native, ready


def prepare():
    return native().start_threads_for_ever


start_threads_for_ever = prepare()
ready()
start_threads_for_ever()
