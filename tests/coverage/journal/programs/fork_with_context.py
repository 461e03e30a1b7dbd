# SPDX-License-Identifier: MIT
import os

import coverage

import finish

cov = coverage.Coverage.current()


def f(n):
    if n:
        return 1
    return 2


cov.switch_context("parent")
f(0)
pid = os.fork()
if pid == 0:
    f(1)
    cov.switch_context("child")
    f(0)
    finish.now()
finish.wait(pid)
f(0)
finish.now()
