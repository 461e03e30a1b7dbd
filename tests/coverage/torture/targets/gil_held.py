# SPDX-License-Identifier: MIT
"""C code that never gives the GIL back."""

from situation import native_with_gil, ready


def prepare():
    return native_with_gil().hold_ms


hold_ms = prepare()
ready()
hold_ms(1000000)
