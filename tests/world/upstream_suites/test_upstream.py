# SPDX-License-Identifier: MIT
"""Do no harm: the tests of other projects give the same verdicts as without the library."""

import warnings
from collections import Counter

import readme
from comparison import Comparison, differences


def test_same_verdicts(suite, mode, empty_library, libcovenv, path, tmp_path):
    # An empty library is preloaded into the bare run, so that a suite that counts variables or libraries finds as many.
    comparison = Comparison(suite, mode, (empty_library if mode == "carried" else None, libcovenv), path, tmp_path)
    bare, shim = comparison.both()
    print(f"{suite.name}, {mode}: {dict(words(bare))} without the library, {dict(words(shim))} with it")
    passed = words(bare)["passed"]
    assert passed >= suite.at_least, f"{passed} tests of {suite.name} pass: see {tmp_path}"
    lasting = comparison.lasting(bare, shim)
    passing = differences(bare, shim).keys() - lasting.keys() - suite.differs.keys()
    if passing:
        warnings.warn(f"{suite.name}: differed once only: {sorted(passing)}")
    assert lasting == {}, f"(bare, with the library); all output is in {tmp_path}"


def words(verdicts):
    """A Counter of the first words of the verdicts, in lower case."""
    return Counter(verdict.lower().split()[0].rstrip(",") for verdict in verdicts.values())


def test_each_known_difference_is_among_the_limits(suite):
    limits = readme.limits()
    assert [reason for reason in suite.differs.values() if reason not in limits] == []
