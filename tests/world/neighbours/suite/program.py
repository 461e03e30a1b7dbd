# SPDX-License-Identifier: MIT
"""A program that does its work, and then stays until it is killed, or ends."""

import os
import time
from pathlib import Path


def work():
    done = 0
    for amount in range(3):
        done += amount
    return done


work()
Path("pid.new").write_text(str(os.getpid()))
os.rename("pid.new", "pid")
while Path("stays").exists():
    time.sleep(1)
