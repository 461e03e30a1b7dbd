# SPDX-License-Identifier: MIT
import os
import zlib

from situation import ready, start_threads


def compress():
    data = os.urandom(200000)
    while True:
        zlib.decompress(zlib.compress(data))


def prepare():
    start_threads(2, compress)


prepare()
ready()
compress()
