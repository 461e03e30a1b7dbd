# SPDX-License-Identifier: MIT
"""A program whose ended threads had large stacks, which drive all others out of glibc's cache (40 MiB)."""

import threading

from situation import native, ready


def prepare():
    function = native().malloc_for_ever
    everybody = threading.Barrier(8)
    threads = [threading.Thread(target=everybody.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return function


malloc_for_ever = prepare()
ready()
malloc_for_ever()
