# SPDX-License-Identifier: MIT
import sys

import finish


def down(n):
    return down(n - 1) + 1 if n else 0


def endless():
    endless()


down(200)
sys.setrecursionlimit(500)
try:
    endless()
except RecursionError:
    caught = True
finish.now()
