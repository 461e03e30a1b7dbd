# SPDX-License-Identifier: MIT
import finish


def f(n, *rest, key=1, **more):
    if n > 2:
        a = 1
    else:
        a = 2
    return a


def never():
    return 1


for i in range(5):
    f(i, 2, 3, other=4)
finish.now()
