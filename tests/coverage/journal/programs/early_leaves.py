# SPDX-License-Identifier: MIT
import finish


def early(n):
    if n:
        return
    n = 1


class Body:
    if early(0):
        x = 1


[early(i) for i in range(2)]
(lambda: early(1))()
finish.now()
