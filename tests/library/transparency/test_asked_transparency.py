# SPDX-License-Identifier: MIT
"""Kills of processes that can be asked to save: result, errno and death are as the kernel's, and just those are asked
that should be."""

import pytest

from signal_runs import run_signals

MODES = ("save", "term", "off")
# The numbers of signal_cases.h.
AT_LEAST_ONE, ANY_NUMBER = -1, -3


@pytest.fixture(scope="module")
def bare(programs, asked_names):
    return run_signals(programs, asked_names)


@pytest.fixture(scope="module", params=MODES)
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def preloaded(programs, asked_names, libcovenv, mode):
    return run_signals(programs, asked_names, preload=libcovenv, extra={"COVENV_KILL": mode})


def test_case(bare, preloaded, mode, asked_case):
    name = asked_case["case"]
    if mode == "term" and not asked_case["in_term"]:
        return
    without, with_it = dict(bare[name]), dict(preloaded[name])
    assert without["stage"] == 0, f"the case itself failed: {without}"
    assert without.pop("asked") == 0
    asked = with_it.pop("asked")
    assert with_it == without
    assert is_right(asked, 0 if mode == "off" else asked_case["asks"])


def is_right(asked, wanted):
    if wanted == AT_LEAST_ONE:
        return asked >= 1
    return wanted == ANY_NUMBER or asked == wanted
