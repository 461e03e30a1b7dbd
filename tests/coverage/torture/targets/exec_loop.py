# SPDX-License-Identifier: MIT
"""A program that executes itself again and again. It is ready after the first time."""

import os
import sys

from situation import ready


def prepare():
    return list(sys.argv)


arguments = prepare()
if len(arguments) > 3:
    ready()
os.execv(sys.executable, [sys.executable, *arguments, "again"])
