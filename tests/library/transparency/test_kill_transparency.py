# SPDX-License-Identifier: MIT
"""Signals, waits, dispositions and `environ` of unmeasured processes: equal without and with the library."""

import pytest

from signal_runs import run_signals


@pytest.fixture(scope="module")
def both(programs, signal_names, libcovenv):
    return run_signals(programs, signal_names), run_signals(programs, signal_names, preload=libcovenv)


def test_case(both, signal_case):
    bare, shim = (results[signal_case] for results in both)
    assert bare["stage"] == 0, f"the case itself failed: {bare}"
    assert shim == bare


@pytest.mark.parametrize("mode", ["save", "term", "off"])
def test_plain_child_dies_at_once_in_every_mode(programs, libcovenv, mode):
    """An unmeasured child dies of SIGKILL, and gets no signal before, whatever COVENV_KILL says."""
    cases = [f"{sender}/child_KILL" for sender in ("kill", "killpg", "kill_group", "tgkill", "sigqueue", "pidfd_send_signal")]
    results = run_signals(programs, cases, preload=libcovenv, extra={"COVENV_KILL": mode})
    assert {case: result["saw"]["end"] for case, result in results.items()} == {
        case: {"reaped": True, "status": 9, "tale": []} for case in cases
    }
