# SPDX-License-Identifier: MIT
def once():
    value = 1
    return value


def fail():
    raise ValueError("as it should")


def never():
    return 0
