# SPDX-License-Identifier: MIT
"""The comparison finds each test that the library breaks, and no test that breaks by itself now and then."""

import sys

import pytest
from comparison import Comparison
from suite import WHOLE, Suite

# A suite that prints "NAME VERDICT" for each of its tests. `{folder}` is the same in all runs.
PROGRAM = """
import os, sys
preloaded = "LD_PRELOAD" in os.environ
only = sys.argv[1:]
first = not os.path.exists("{folder}/ran")
def test(name, passes):
    if not only or name in only:
        print(name, "passed" if passes else "failed", flush=True)
test("same", False)
test("broken", not preloaded)
test("known", not preloaded)
test("racing", not preloaded)
test("behind", not preloaded or bool(only))
test("flaky", not (preloaded and first))
if preloaded:
    open("{folder}/ran", "w").close()
    {end}
test("last", True)
"""


# A library that each program has anyway, because the toy only looks whether something is preloaded.
LIBRARY = "libc.so.6"


class Toy(Suite):
    name = "toy"
    differs = {"known": "is known"}
    races = ("racing",)

    def __init__(self, folder, end):
        self._program = PROGRAM.format(folder=folder, end=end)

    def command(self, is_measured, only=()):
        return [sys.executable, "-c", self._program, *only]

    def verdicts(self, folder, output, status):
        return dict(line.split() for line in output.splitlines()) | ({WHOLE: f"exit {status}"} if status else {})


def lasting(tmp_path, end="pass"):
    comparison = Comparison(Toy(tmp_path, end), "plain", (None, LIBRARY), "/usr/bin:/bin", tmp_path)
    return comparison.lasting(*comparison.both())


def test_counts_what_differs_whenever_it_is_repeated(tmp_path):
    assert lasting(tmp_path) == {"broken": ("passed", "failed"), "behind": ("passed", "failed")}


@pytest.mark.parametrize("end, status", [("os.abort()", -6), ("sys.exit(3)", 3)])
def test_counts_a_run_that_ends_early(tmp_path, end, status):
    found = lasting(tmp_path, end)
    assert found[WHOLE] == (None, f"exit {status}")
    assert found["last"] == ("passed", None)
