# SPDX-License-Identifier: MIT
"""Subinterpreters under the names that CPython 3.8 to 3.14 have for them."""

try:
    import _interpreters as module
except ImportError:
    import _xxsubinterpreters as module


def create():
    return module.create()


def run(interpreter, code):
    return module.run_string(interpreter, code)
