# SPDX-License-Identifier: MIT
"""After Py_Finalize(): in C's atexit()."""

from situation import PIPE, native


def prepare():
    native().linger_at_exit(PIPE, 5000)


prepare()
