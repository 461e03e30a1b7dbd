# SPDX-License-Identifier: MIT
# The program of one cell: works, says that it is ready, and ends as it is told unless it is killed.
import os
import sys

from meeting import meet


def work():
    done = 0
    for amount in range(3):
        done += amount
    return done


def main(port):
    work()
    globals()[meet(port)]()


def returns():
    return


def sys_exit():
    sys.exit(3)


def os_exit():
    os._exit(4)


def execs():
    os.execv("/bin/sh", ["sh", "-c", "exit 5"])


def raises():
    raise RuntimeError("wanted by the cell")


if __name__ == "__main__":
    main(sys.argv[1])
