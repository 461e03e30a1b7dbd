# SPDX-License-Identifier: MIT
import hashlib

from situation import ready, start_threads


def digest():
    data = bytes(100000)
    while True:
        hashlib.sha256(data).hexdigest()
        hashlib.md5(data).hexdigest()


def prepare():
    start_threads(2, digest)


prepare()
ready()
digest()
