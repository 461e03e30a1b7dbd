# SPDX-License-Identifier: MIT
"""A program that is killed in a function of C's atexit(), after Py_Finalize()."""

from situation import PIPE, native


def prepare():
    native().linger_at_exit(PIPE, 5000)


prepare()
