# SPDX-License-Identifier: MIT
import ctypes

import finish

c = ctypes.PyDLL(None)


def child(n):
    import shop.prices

    if n == 1:
        shop.prices.gross(1)
    else:
        shop.prices.unused()


def parent():
    import space.part

    space.part.part(3)


for n in range(2):
    pid = c.fork()
    if pid == 0:
        child(n)
        finish.now()
    parent()
    finish.wait(pid)
finish.now()
