# SPDX-License-Identifier: MIT
"""The words that the applications say: the leader and its followers have different lines."""

import functools
import os


def lead():
    return "leader"


def follow():
    return "follower"


@functools.cache
def role():
    """The function of this process: lead() in the worker that is asked first, follow() in all others."""
    try:
        os.mkdir("led")
    except FileExistsError:
        return follow
    return lead


def word():
    return role()()
