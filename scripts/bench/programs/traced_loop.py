# SPDX-License-Identifier: MIT
"""traced_loop.py ROUNDS: prints how many nanoseconds of processor time a loop took, whose every line is traced."""

import sys
import time


def work(rounds):
    total = 0
    for i in range(rounds):
        if i % 3 == 0:
            total += i
        else:
            total -= 1
    return total


work(100)
start = time.process_time_ns()
work(int(sys.argv[1]))
print(time.process_time_ns() - start)
