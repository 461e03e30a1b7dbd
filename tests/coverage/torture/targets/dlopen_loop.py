# SPDX-License-Identifier: MIT
"""A program that loads and unloads a library with thread-local storage all the time."""

import os

from situation import FOLDER, native, ready


def prepare():
    return native().load_for_ever


load_for_ever = prepare()
ready()
load_for_ever(os.path.join(FOLDER, "tls0.so").encode())
