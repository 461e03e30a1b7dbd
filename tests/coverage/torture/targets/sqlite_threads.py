# SPDX-License-Identifier: MIT
"""The function that sqlite_loop.py and forked_children.py run in their threads."""

import sqlite3


def query():
    base = sqlite3.connect(":memory:")
    base.execute("create table t (a, b)")
    while True:
        base.execute("delete from t")
        base.executemany("insert into t values (?, ?)", ((i, "x" * i) for i in range(200)))
        base.execute("select group_concat(b), a from t group by a % 7 order by b").fetchall()
