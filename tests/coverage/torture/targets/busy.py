# SPDX-License-Identifier: MIT
from situation import ready


def prepare():
    numbers = list(range(100))
    return sum(numbers)


prepare()
ready()
count = 0
while True:
    count += 1
