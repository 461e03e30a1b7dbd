# SPDX-License-Identifier: MIT
import sqlite3

from situation import ready, start_threads


def query():
    base = sqlite3.connect(":memory:")
    base.execute("create table t (a, b)")
    while True:
        base.execute("delete from t")
        base.executemany("insert into t values (?, ?)", ((i, "x" * i) for i in range(200)))
        base.execute("select group_concat(b), a from t group by a % 7 order by b").fetchall()


def prepare():
    start_threads(2, query)


prepare()
ready()
query()
