# SPDX-License-Identifier: MIT
def tax(net, rate):
    total = 0
    for _ in range(rate):
        total += net / 100
    return total
