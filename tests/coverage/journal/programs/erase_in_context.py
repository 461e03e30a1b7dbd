# SPDX-License-Identifier: MIT
import coverage

import finish

cov = coverage.Coverage.current()


def f(n):
    if n == 1:
        return 1
    if n == 2:
        return 2
    return 0


cov.switch_context("one")
f(1)
cov.erase()
f(2)
cov.switch_context("two")
f(3)
finish.now()
