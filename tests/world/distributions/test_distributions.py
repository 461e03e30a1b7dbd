# SPDX-License-Identifier: MIT
"""covenv in other releases of Debian, and with Pythons that Debian does not have: what is kept here is kept there."""

import json

import pytest
import readme
from built_python import NAMES as BUILT
from built_python import BuiltPython
from places import PLACES, SHOP
from root import shop_in
from table import section

# The C library, because platform knows none but glibc before Python 3.14, and the version.
NAMES = """
import platform, sys
print("musl" if "musl" in sys.implementation._multiarch else " ".join(platform.libc_ver()))
print("%d.%d%s" % (*sys.version_info[:2], sys.abiflags))
"""
# A measured program that counts the journals there are.
JOURNALS = """
import os
print(sum(name.startswith(".covenv-j-") for name in os.listdir(os.environ["COVENV_JOURNAL"])))
"""
# A measured program whose threads allocate and call C while it forks. The children leave by os._exit().
FORKS = """
import os, threading, zlib
def work(begun):
    begun.set()
    while True:
        zlib.compress(bytes(range(256)) * 100)
for _ in range(2):
    begun = threading.Event()
    threading.Thread(target=work, args=(begun,), daemon=True).start()
    begun.wait()
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
"""


def test_cell(place, cell, runs):
    bare, preloaded = runs(place)
    assert bare.status(cell) is not None, bare.output()
    assert preloaded.status(cell) == bare.status(cell), preloaded.output()
    assert preloaded.measured(cell) == preloaded.expected(cell), preloaded.output()


def test_the_demo(place, root, library):
    without, preloaded = (shop_in(root, binds=[library(place)], env=env) for env in ({}, {"LD_PRELOAD": library(place)}))
    assert (without, preloaded) == SHOP


def test_the_place_is_what_the_table_says(place, root):
    libc, python = root.run("python3", "-c", NAMES).splitlines()
    words = PLACES[place]
    assert words.libc in (libc, "its glibc")
    assert words.python in (f"CPython {python}", "its CPython")


def test_coverage_is_kept_as_the_table_says(place, root, library, tmp_path):
    (tmp_path / "program.py").write_text(JOURNALS)
    (tmp_path / "journals").mkdir()
    found = root.run("python3", "-m", "coverage", "run", "--data-file", tmp_path / "data", tmp_path / "program.py",
                     binds=[library(place), tmp_path],
                     env={"LD_PRELOAD": library(place), "COVENV_JOURNAL": tmp_path / "journals"})
    assert PLACES[place].keeping == ("asked" if found == "0\n" else "journal"), found


@pytest.mark.parametrize("name", BUILT)
def test_children_that_are_forked_beside_threads_are_saved(name, covenv, libcovenv, tmp_path):
    (tmp_path / "program.py").write_text(FORKS)
    # As users have it; the grace is for a machine under load, on which Python 3.13t yields for seconds.
    run = (covenv, "run", "--grace", "60s", "--report", tmp_path / "report.json", "--", "python3", "-m", "coverage", "run",
           "--parallel-mode", "--data-file", tmp_path / "data", tmp_path / "program.py")
    BuiltPython(name).run(*run)
    report = json.loads((tmp_path / "report.json").read_text())
    ends = [(each["end"], [save["ok"] for save in each["saves"]]) for each in report["processes"][1:]]
    assert ends == [({"how": "exit", "code": 0}, [True])] * 10, report
    assert report["totals"]["lost"] == 0


@pytest.mark.parametrize("name, notes", [("3.13t", ["python-free-threaded"]), ("3.13-musl", [])])
def test_doctor_names_what_is_special_and_saves(name, notes, covenv, libcovenv, tmp_path):
    command = (covenv, "doctor", "--json", "--", "python3", "-m", "pytest", "--cov")
    told = json.loads(BuiltPython(name).run("sh", "-ec", 'cd "$0" && exec "$@"', tmp_path, *command))
    assert [(finding["check"], finding["level"]) for finding in told["findings"]] == [(note, "note") for note in notes], told
    assert told["probe"]["saved"]


def test_the_table_shows_what_is_kept():
    assert readme.shown("distributions") == section(), "python3 tests/world/distributions/table.py rewrites it"
