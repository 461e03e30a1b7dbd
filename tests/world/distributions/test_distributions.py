# SPDX-License-Identifier: MIT
"""covenv in other releases of Debian, by their own Pythons and C libraries: what is kept here is kept there."""

import readme
from places import PLACES, SHOP
from root import Root, shop_in
from table import section


def test_cell(place, cell, runs):
    bare, preloaded = runs(place)
    assert bare.status(cell) is not None, bare.output()
    assert preloaded.status(cell) == bare.status(cell), preloaded.output()
    assert preloaded.measured(cell) == preloaded.expected(cell), preloaded.output()


def test_the_demo(place, library, tmp_path):
    root = Root(place, tmp_path / "root")
    without, preloaded = (shop_in(root, binds=[library(place)], env=env) for env in ({}, {"LD_PRELOAD": library(place)}))
    assert (without, preloaded) == SHOP


def test_the_system_is_what_the_table_says(place, tmp_path):
    told = Root(place, tmp_path / "root").run("python3", "-c", "import platform as p; print(*p.libc_ver(), p.python_version())")
    libc, version, python = told.split()
    words = PLACES[place]
    assert words.libc in (f"{libc} {version}", "its glibc")
    assert words.python in (f"CPython {python.rpartition('.')[0]}", "its CPython")


def test_the_table_shows_what_is_kept():
    assert readme.shown("distributions") == section(), "python3 tests/world/distributions/table.py rewrites it"
