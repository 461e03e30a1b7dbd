# SPDX-License-Identifier: MIT
"""Works, says so by a file, and stays until it is killed: victim.py FILE."""

import sys
import time


def work():
    done = 0  # ran
    for amount in range(3):
        done += amount  # ran
    return done  # ran


work()  # ran
open(sys.argv[1], "w").close()  # ran
time.sleep(60)
