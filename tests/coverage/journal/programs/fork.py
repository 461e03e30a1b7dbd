# SPDX-License-Identifier: MIT
import os

import finish


def child(n):
    if n == 1:
        a = 1
    elif n == 2:
        a = 2
    else:
        a = 3
    return a


def grandchild():
    return 1


for n in range(3):
    pid = os.fork()
    if pid == 0:
        child(n)
        if n == 2:
            pid = os.fork()
            if pid == 0:
                grandchild()
                finish.now()
            finish.wait(pid)
        finish.now()
    finish.wait(pid)
finish.now()
