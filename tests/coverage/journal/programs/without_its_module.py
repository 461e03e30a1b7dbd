# SPDX-License-Identifier: MIT
import sys

import finish


def f(n):
    return n


f(1)
for name in [name for name in sys.modules if name.partition(".")[0] == "coverage"]:
    del sys.modules[name]
f(2)
x = 1
finish.now(finish._started)
