# SPDX-License-Identifier: MIT
"""Do no harm: the tests of others give the verdicts that they give without the library."""

import warnings
from pathlib import Path

import pytest
from comparison import Comparison, differences

README = Path(__file__).resolve().parent.parent.parent / "README.md"


@pytest.mark.parametrize("is_measured", [False, True], ids=["plain", "measured"])
def test_same_verdicts(suite, is_measured, libcovenv, path, tmp_path):
    comparison = Comparison(suite, is_measured, libcovenv, path, tmp_path)
    bare, shim = comparison.both()
    assert len(bare) > 1, f"no verdicts from {suite.name}: see {tmp_path}"
    lasting = comparison.lasting(bare, shim)
    passing = differences(bare, shim).keys() - lasting.keys() - suite.differs.keys()
    if passing:
        warnings.warn(f"{suite.name}: differed once only: {sorted(passing)}")
    assert lasting == {}, f"(bare, with the library); all output is in {tmp_path}"


def test_each_known_difference_is_in_the_readme(suite):
    limits = " ".join(README.read_text().split())
    assert [reason for reason in suite.differs.values() if reason not in limits] == []
