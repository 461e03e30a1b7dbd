# SPDX-License-Identifier: MIT
import importlib

import finish

with open("big.py", "w") as file:
    for i in range(4000):
        file.write("def f%d(n):\n    if n > %d:\n        return 1\n    return n\n\n" % (i, i))
    file.write("\n" * 100000)
    file.write("def far(n):\n    while n:\n        n -= 1\n")
big = importlib.import_module("big")
for i in range(0, 4000, 3):
    getattr(big, "f%d" % i)(2000)
big.far(3)
finish.now()
