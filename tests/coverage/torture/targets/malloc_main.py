# SPDX-License-Identifier: MIT
"""A program with one thread, in malloc() and free() without the GIL."""

from situation import native, ready


def prepare():
    return native().malloc_for_ever


malloc_for_ever = prepare()
ready()
malloc_for_ever()
