# SPDX-License-Identifier: MIT
import finish


def search(wanted):
    n = 0
    while n < 5:
        n += 1
        if n == wanted:
            break
    else:
        return None
    for i in range(n):
        if i > 2: continue
    else:
        n = -n
    return n


search(3), search(9)
while True:
    break
else:
    search(1)
finish.now()
