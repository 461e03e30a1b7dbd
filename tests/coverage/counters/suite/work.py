# SPDX-License-Identifier: MIT
def odd_or_even(number):
    if number % 2 == 0:
        return number // 2
    return 3 * number + 1


def never_called(number):
    return number - 1


def work(amount):
    steps, number = 0, amount
    while number > 1:
        number = odd_or_even(number)
        steps += 1
    if amount < 0:
        steps = never_called(amount)
    return steps
