# SPDX-License-Identifier: MIT
def render(template, n):
    a = n
    b = a + 1
    return b
