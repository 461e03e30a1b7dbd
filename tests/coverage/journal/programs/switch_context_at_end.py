# SPDX-License-Identifier: MIT
import coverage

import finish

cov = coverage.Coverage.current()


def f(n):
    return n


cov.switch_context("first")
f(1)
cov.switch_context("second")
finish.now()
