# SPDX-License-Identifier: MIT
"""How long a command line can be."""

import errno


def words_of(size, prefix=""):
    """Arguments of `size` bytes in all beside the prefix that each has."""
    return [f"{prefix}{'x' * 100_000}"] * (size // 100_000) + [f"{prefix}{'x' * (size % 100_000)}"]


def start(run, size, prefix=""):
    """What run(*words) returns; None if the kernel says that the command line is too long."""
    try:
        return run(*words_of(size, prefix))
    except OSError as error:
        assert error.errno == errno.E2BIG
        return None


def most(run, prefix=""):
    """The largest size with which start() returns something."""
    fits, too_long = 0, 8_000_000
    while too_long - fits > 1:
        size = (fits + too_long) // 2
        fits, too_long = (size, too_long) if start(run, size, prefix) else (fits, size)
    return fits
