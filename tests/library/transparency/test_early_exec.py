# SPDX-License-Identifier: MIT
"""A program is started before libcovenv's constructor has run: by another library's constructor, or before all of them.
"""

import pytest

from chains import run_chain
from environment_model import expected_environment

RUNNER = {"PATH": "/usr/bin:/bin", "COV_CORE_SOURCE": "x", "COVERAGE_PROCESS_CONFIG": "y"}
CALLS = ("execve", "execv", "execl", "execvpe", "posix_spawn", "system")
CARRIED = ["COV_CORE_SOURCE=x", "COVERAGE_PROCESS_CONFIG=y"]


def start_early(folder, call, preload):
    environment = {**RUNNER, "EARLY_CALL": call, "EARLY_TARGET": f"{folder}/receiver", "LD_PRELOAD": preload}
    return run_chain([folder / "receiver", "not reached"], environment)


def without_preload(report):
    return [entry for entry in report["environ"] if not entry.startswith("LD_PRELOAD=")]


def test_neighbours_constructor_runs_first(folder, libcovenv):
    """ld.so initialises the later library of the list before the earlier one, on which the tests below rest."""
    environment = {**RUNNER, "LD_PRELOAD": f"{libcovenv}:{folder}/early.so", "LD_DEBUG": "files"}
    lines = run_chain([folder / "receiver"], environment).err.splitlines()
    starts = [line.split("calling init: ")[1] for line in lines if "calling init: " in line]
    assert starts.index(f"{folder}/early.so") < starts.index(str(libcovenv))


@pytest.mark.parametrize("call", CALLS)
def test_from_a_constructor(folder, libcovenv, call):
    bare = start_early(folder, call, f"{folder}/early.so")
    shim = start_early(folder, call, f"{libcovenv}:{folder}/early.so")
    assert (bare.status, bare.err, len(bare.reports)) == (0, "", 1)
    assert (shim.status, shim.err, len(shim.reports)) == (0, "", 1)
    assert shim.reports[0]["argv"] == bare.reports[0]["argv"]
    assert shim.reports[0]["state"] == bare.reports[0]["state"]
    if call in ("execve", "execvpe", "posix_spawn"):
        assert bare.reports[0]["environ"] == ["GIVEN=1"]
        assert shim.reports[0]["environ"] == expected_environment(["GIVEN=1"], CARRIED, str(libcovenv))
    else:  # the environment is inherited, so nothing is added
        assert sorted(without_preload(shim.reports[0])) == sorted(without_preload(bare.reports[0]))


def test_a_hook_that_needs_nothing_of_ours_but_the_next_function(folder, libcovenv):
    """A constructor calls syscall() before ours has run, as libnuma's does."""
    assert start_early(folder, "syscall", f"{folder}/early.so").status == 0
    assert start_early(folder, "syscall", f"{libcovenv}:{folder}/early.so").status == 0


@pytest.mark.parametrize("call", ["execve", "execv", "posix_spawn"])
def test_before_every_constructor(folder, libcovenv, call):
    """A function in .preinit_array starts a program. The given environment may go through unchanged, because not even
    libc knows the process's own yet."""
    command = [folder / "preinit", call, folder / "receiver"]
    bare = run_chain(command, RUNNER)
    shim = run_chain(command, {**RUNNER, "LD_PRELOAD": str(libcovenv)})
    assert (shim.status, shim.err) == (bare.status, bare.err) == (0, "")
    assert [report["argv"] for report in shim.reports] == [report["argv"] for report in bare.reports]
    assert [report["state"] for report in shim.reports] == [report["state"] for report in bare.reports]
    assert len(shim.reports) == 1
    given = bare.reports[0]["environ"]
    assert given == ([] if call == "execv" else ["GIVEN=1"])
    assert shim.reports[0]["environ"] in (given, expected_environment(given, CARRIED, str(libcovenv)))
