# SPDX-License-Identifier: MIT
"""C code that holds the GIL for 20 ms at a time."""

from situation import native_with_gil, ready


def prepare():
    return native_with_gil().hold_ms


hold_ms = prepare()
ready()
while True:
    hold_ms(20)
