# SPDX-License-Identifier: MIT
import finish

f = lambda n: n if n else None
g = [lambda: 1,
     lambda: 2]
h = (lambda a:
     lambda b:
     a + b)
f(0), f(1)
g[1]()
h(1)(2)
sorted([3, 1], key=lambda n: -n)
finish.now()
