# SPDX-License-Identifier: MIT
import finish


def numbers(n):
    for i in range(n):
        got = yield i
        if got:
            return got


def outer():
    result = yield from numbers(3)
    yield result


list(outer())
g = numbers(5)
next(g)
try:
    g.send(7)
except StopIteration:
    pass
left_open = outer()
next(left_open)
finish.now()
