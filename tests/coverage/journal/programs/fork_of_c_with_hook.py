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


c.PyOS_BeforeFork()
pid = c.fork()
if pid == 0:
    c.PyOS_AfterFork_Child()
    child()
    finish.now()
c.PyOS_AfterFork_Parent()
parent()
finish.wait(pid)
finish.now()
