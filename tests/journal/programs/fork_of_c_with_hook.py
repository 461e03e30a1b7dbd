# SPDX-License-Identifier: MIT
import ctypes

import finish

c = ctypes.PyDLL(None)


def child():
    import shop.prices

    shop.prices.gross(1)


def parent():
    import space.part

    space.part.part(3)


pid = c.fork()
if pid == 0:
    c.PyOS_AfterFork_Child()
    child()
    finish.now()
parent()
finish.wait(pid)
finish.now()
