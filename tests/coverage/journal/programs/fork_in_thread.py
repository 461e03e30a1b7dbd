# SPDX-License-Identifier: MIT
import os
import threading

import finish


def child(n):
    if n:
        return 1
    return 2


def work(n):
    pid = os.fork()
    if pid == 0:
        child(n)
        finish.now()
    finish.wait(pid)


for n in range(2):
    thread = threading.Thread(target=work, args=(n,))
    thread.start()
    thread.join()
finish.now()
