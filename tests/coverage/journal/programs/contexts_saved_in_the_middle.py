# SPDX-License-Identifier: MIT
import coverage

import finish

cov = coverage.Coverage.current()


def f(n):
    return n


cov.switch_context("one")
f(1)
cov.save()
f(2)
cov.switch_context("two")
f(3)
cov.save()
f(4)
finish.now()
