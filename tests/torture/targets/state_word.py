# SPDX-License-Identifier: MIT
"""A newer glibc: state_word.c says in what. With too many libraries for a thread that would have to be created now."""

import ctypes
import os
import sys

from situation import FOLDER, native, ready

LIBRARY = os.path.join(FOLDER, "state_word.so")
if LIBRARY not in os.environ["LD_PRELOAD"]:
    os.environ["LD_PRELOAD"] += ":" + LIBRARY
    os.execv(sys.executable, [sys.executable, *sys.argv])


def prepare():
    for number in range(20):
        ctypes.CDLL(os.path.join(FOLDER, "tls%d.so" % number)).use()
    return native().malloc_for_ever


malloc_for_ever = prepare()
ready()
malloc_for_ever()
