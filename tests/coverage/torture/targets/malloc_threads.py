# SPDX-License-Identifier: MIT
from situation import native, ready, start_threads


def prepare():
    function = native().malloc_for_ever
    start_threads(2, function)
    return function


malloc_for_ever = prepare()
ready()
malloc_for_ever()
