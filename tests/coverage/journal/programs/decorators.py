# SPDX-License-Identifier: MIT
import functools

import finish


def twice(function):
    @functools.wraps(function)
    def call(*arguments):
        function(*arguments)
        return function(*arguments)

    return call


def named(name):
    def decorate(function):
        function.name = name
        return function

    return decorate


@twice
@named(
    "x"
)
def f(n):
    return n


@functools.lru_cache(None)
def cached(n):
    return n


@named("class")
class C:
    @twice
    def m(self):
        return 1


f(cached(1) + cached(1))
C().m()
finish.now()
