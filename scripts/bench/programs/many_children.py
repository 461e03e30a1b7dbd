# SPDX-License-Identifier: MIT
"""many_children.py NUMBER kill|end: measured, forks so many children, each of which runs 1000 lines of its own share and
ends so. What they leave is for the caller to combine; this process itself leaves nothing."""

import os
import signal
import sys

FUNCTIONS = 1000
source = "".join(f"def f{n}():\n    a = {n}\n    a += 1\n    a += 1\n    return a\n" for n in range(FUNCTIONS))
with open("many_work.py", "w") as file:
    file.write(source)
sys.path.insert(0, os.getcwd())
import many_work


def child(number, way):
    for n in range(number, number + 250):
        getattr(many_work, f"f{n % FUNCTIONS}")()
    if way == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.exit()


for number in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        child(number, sys.argv[2])
    os.waitpid(pid, 0)
os._exit(0)
