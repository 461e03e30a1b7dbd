# SPDX-License-Identifier: MIT
import finish


def f(n):
    return n


f(1)
finish.by_exit()
