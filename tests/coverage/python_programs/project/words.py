# SPDX-License-Identifier: MIT
"""What the applications say: each worker has a line of its own."""

import functools
import os


def lead():
    return "leader"


def follow():
    return "follower"


@functools.cache
def role():
    """The first worker to be asked leads."""
    try:
        os.mkdir("led")
    except FileExistsError:
        return follow
    return lead


def word():
    return role()()
