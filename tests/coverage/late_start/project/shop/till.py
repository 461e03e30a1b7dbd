# SPDX-License-Identifier: MIT
def count(number):
    total = 0
    for step in range(number):
        if step % 2:
            total += step
    if not total:
        return -1
    return total
