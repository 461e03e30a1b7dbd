# SPDX-License-Identifier: MIT
def render(n):
    a = n
    b = a + 1
    c = a + b
    return c
