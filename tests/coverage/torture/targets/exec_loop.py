# SPDX-License-Identifier: MIT
"""Becomes itself again and again; says ready when it has done so once."""

import os
import sys

from situation import ready


def prepare():
    return list(sys.argv)


arguments = prepare()
if len(arguments) > 3:
    ready()
os.execv(sys.executable, [sys.executable, *arguments, "again"])
