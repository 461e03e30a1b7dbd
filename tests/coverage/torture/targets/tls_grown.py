# SPDX-License-Identifier: MIT
"""A program with so many libraries with thread-local storage that a cached stack's table of them is too small."""

import ctypes
import os

from situation import FOLDER, native, ready


def prepare():
    for number in range(20):
        ctypes.CDLL(os.path.join(FOLDER, "tls%d.so" % number)).use()
    return native().malloc_for_ever


malloc_for_ever = prepare()
ready()
malloc_for_ever()
