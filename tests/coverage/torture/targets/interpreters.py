# SPDX-License-Identifier: MIT
"""Subinterpreters under the names that CPython 3.8 to 3.14 have for them."""

import os

try:
    import _interpreters as module
except ImportError:
    import _xxsubinterpreters as module


def create():
    # The .pth file that starts coverage in a new process fails in a new interpreter, with a traceback on stderr.
    for name in [name for name in os.environ if name.startswith("COV")]:
        del os.environ[name]
    return module.create()


def run(interpreter, code):
    return module.run_string(interpreter, code)
