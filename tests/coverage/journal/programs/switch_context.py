# SPDX-License-Identifier: MIT
import coverage

import finish

cov = coverage.Coverage.current()


def f(n):
    if n % 2:
        return 1
    return 0


for i in range(60):
    cov.switch_context("test-%d" % i)
    f(i)
cov.switch_context("größe")
f(1)
cov.switch_context("")
f(2)
finish.now()
