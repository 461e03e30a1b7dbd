# SPDX-License-Identifier: MIT
import finish


def outer(a):
    def inner(b):
        nonlocal a

        def innermost():
            return a + b

        a += 1
        return innermost

    class Local:
        def method(self):
            return inner(a)

    return Local


outer(1)().method()()
finish.now()
