# SPDX-License-Identifier: MIT
"""The differential tests can fail: each defect of mutant.so is seen in the case that was written for the defect."""

import copy

import pytest

from exec_runs import differences, run_probe
from signal_runs import run_signals

EXEC_DEFECTS = {
    "none": "execve/env_null",  # the mutant's execve crashes at a NULL environment
    "adds_an_entry": "execve/env_plain",
    "drops_entries_without_equals": "execve/env_odd_bytes",
    "reorders": "execve/env_plain",
    "hides_denied": "execve/not_executable",
    "execl_loses_arg0": "execl/arg0_differs",
    "execl_32_arguments": "execl/arguments_33",
    "spawn_returns_minus_one": "posix_spawn/missing",
    "spawn_sets_errno": "posix_spawn/plain",
    "keeps_a_descriptor": "execv/plain",
    "blocks_a_signal": "execv/plain",
    "catches_a_signal": "system/receiver",
}
SIGNAL_DEFECTS = {
    "terminates_first": "kill/child_KILL",
    "kill_touches_errno": "kill/missing_KILL",
    "kill_hides_missing": "kill/missing_KILL",
    "waitpid_reports_kill": "waitpid/exited",
    "catches_a_signal": "disposition/all",
}


@pytest.mark.parametrize("defect", EXEC_DEFECTS)
def test_exec_defect_is_seen(programs, folder, libcovenv, defect):
    case = EXEC_DEFECTS[defect]
    extra = {"MUTANT": defect}
    bare = run_probe(programs, folder, libcovenv, "main", [case], extra=extra)[case]
    control = run_probe(programs, folder, libcovenv, "main", [case], extra=extra)[case]
    mutant = run_probe(programs, folder, libcovenv, "main", [case], preload=programs / "mutant.so", extra=extra)[case]
    assert not differences(bare, control, libcovenv, "inert", extra)
    assert differences(bare, mutant, libcovenv, "inert", extra)


def test_a_write_to_environ_is_seen(programs, folder, libcovenv):
    """The call is made by a vfork child, which shares its parent's memory."""
    case, extra = "execve/env_plain", {"MUTANT": "writes_environ"}
    results = [
        run_probe(programs, folder, libcovenv, "vfork", [case], preload=preload, extra=extra)[case]
        for preload in (None, programs / "mutant.so")
    ]
    assert [result["standing"] for result in results] == [True, False]


@pytest.mark.parametrize("defect", SIGNAL_DEFECTS)
def test_signal_defect_is_seen(programs, defect):
    case = SIGNAL_DEFECTS[defect]
    extra = {"MUTANT": defect}
    bare = run_signals(programs, [case], extra=extra)[case]
    assert run_signals(programs, [case], extra=extra)[case] == bare
    assert run_signals(programs, [case], preload=programs / "mutant.so", extra=extra)[case] != bare


MUTATIONS = {
    "a value": lambda result: result["reports"][0]["environ"].__setitem__(0, "GIVEN=2"),
    "the order": lambda result: result["reports"][0]["environ"].reverse(),
    "an entry more": lambda result: result["reports"][0]["environ"].append("Z=1"),
    "an entry less": lambda result: result["reports"][0]["environ"].pop(),
    "an argument": lambda result: result["reports"][0]["argv"].append("x"),
    "a report": lambda result: result["reports"].pop(),
    "errno": lambda result: result.__setitem__("error", 1),
    "the status": lambda result: result.__setitem__("status", 9),
    "a line on stderr": lambda result: result.__setitem__("err", "ERROR: ld.so"),
    "an open file": lambda result: result["reports"][0]["state"]["files"].__setitem__("3", "/dev/null"),
    "the caller's state": lambda result: result["state"]["status"].__setitem__("SigBlk", "1"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_comparison_sees(programs, folder, libcovenv, mutation):
    case = "execve/plain"
    bare = run_probe(programs, folder, libcovenv, "main", [case])[case]
    changed = copy.deepcopy(bare)
    assert not differences(bare, changed, libcovenv, "inert")
    MUTATIONS[mutation](changed)
    assert differences(bare, changed, libcovenv, "inert")
