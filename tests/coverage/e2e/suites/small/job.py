# SPDX-License-Identifier: MIT
"""A job that does its work and ends."""


def work():
    done = 0
    for amount in range(3):
        done += amount
    return done


if __name__ == "__main__":
    work()
