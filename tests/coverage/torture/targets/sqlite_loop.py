# SPDX-License-Identifier: MIT
from situation import ready, start_threads
from sqlite_threads import query


def prepare():
    start_threads(2, query)


prepare()
ready()
query()
