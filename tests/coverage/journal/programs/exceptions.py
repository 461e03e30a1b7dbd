# SPDX-License-Identifier: MIT
import finish


def deep(n):
    if n == 0:
        raise KeyError(n)
    deep(n - 1)


try:
    deep(4)
except ValueError:
    a = 1
except (KeyError, IndexError) as problem:
    a = 2
    del problem
else:
    a = 3
try:
    try:
        1 / 0
    except ZeroDivisionError as cause:
        raise RuntimeError from cause
except RuntimeError:
    pass
try:
    assert not a, a
except AssertionError:
    pass
finish.now()
