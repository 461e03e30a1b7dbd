# SPDX-License-Identifier: MIT
"""A program with much to clear, killed anywhere on its way out."""

import sys
import threading

from situation import ready


class Node:
    def __init__(self):
        self.me = self

    def __del__(self):
        len(str(self))


def prepare():
    threading.Thread(target=sys.getrecursionlimit).start()
    return [Node() for _ in range(20000)]


nodes = prepare()
ready()
