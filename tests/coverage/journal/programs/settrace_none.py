# SPDX-License-Identifier: MIT
import sys

import finish


def f(n):
    return n


f(1)
trace = sys.gettrace()
sys.settrace(None)
f(2)


def unseen():
    return 1


unseen()
sys.settrace(trace)
f(3)
finish.now()
