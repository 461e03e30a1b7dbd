# SPDX-License-Identifier: MIT
import multiprocessing

import finish


def work(n):
    if n:
        a = 1
    else:
        a = 2
    finish.now()
    return a


context = multiprocessing.get_context("fork")
for n in range(2):
    process = context.Process(target=work, args=(n,))
    process.start()
    process.join()
finish.now()
