# SPDX-License-Identifier: MIT
import finish


def f(n):
    for i in range(3):
        try:
            if n == i:
                continue
            if n < 0:
                return i
            if n > 5:
                break
        finally:
            n = n + 0
    else:
        return "else"
    return "break"


for n in (-1, 1, 9):
    f(n)
try:
    try:
        raise OSError
    finally:
        f(2)
except OSError:
    pass
finish.now()
