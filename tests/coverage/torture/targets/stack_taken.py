# SPDX-License-Identifier: MIT
"""A program in which a thread with a small stack has taken the stack in glibc's cache, and lives on."""

import threading

from situation import native, ready, start_threads


def prepare():
    threading.stack_size(1024 * 1024)
    start_threads(1, threading.Event().wait)
    return native().malloc_for_ever


malloc_for_ever = prepare()
ready()
malloc_for_ever()
