# SPDX-License-Identifier: MIT
"""Another preloaded library with hooks of its own: both work, in the child and in the grandchild, in every order."""

import os
import shutil

import pytest

from chains import run_chain, value_of

CARRIED = {"PATH": "/usr/bin:/bin", "COV_CORE_SOURCE": "x"}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def spellings(libcovenv, neighbour):
    return {
        "before": f"{neighbour}:{libcovenv}",
        "after": f"{libcovenv}:{neighbour}",
        "spaces": f"{neighbour} {libcovenv}",
        "spaces_after": f" {libcovenv}  {neighbour} ",
        "empty_entries": f":{neighbour}::{libcovenv}:",
    }


def inherited(folder, preload, log):
    """The Chain of a receiver that executes a receiver once more, by execve() with its own environ."""
    environment = {**CARRIED, "NEIGHBOUR_LOG": str(log), "LD_PRELOAD": preload}
    return run_chain([folder / "receiver", "@again"], environment)


@pytest.mark.parametrize("order", spellings("", ""))
def test_list_passes_unchanged(folder, libcovenv, log, order):
    preload = spellings(libcovenv, folder / "neighbour.so")[order]
    chain = inherited(folder, preload, log)
    assert (chain.status, chain.err) == (0, "")
    assert [value_of(report, "LD_PRELOAD") for report in chain.reports] == [preload, preload]
    assert log.read_text() == "execve\n"


@pytest.mark.parametrize("order", spellings("", ""))
def test_only_ours_is_put_back_into_an_empty_environment(folder, libcovenv, log, order):
    """The neighbour, which the caller has dropped on purpose, is not put back; but it has seen the call."""
    preload = spellings(libcovenv, folder / "neighbour.so")[order]
    environment = {**CARRIED, "NEIGHBOUR_LOG": str(log), "LD_PRELOAD": preload}
    chain = run_chain([folder / "receiver", "@again-bare"], environment)
    assert (chain.status, chain.err) == (0, "")
    assert chain.reports[1]["environ"] == ["COV_CORE_SOURCE=x", f"LD_PRELOAD={libcovenv}"]
    assert log.read_text() == "execve\n"


@pytest.mark.parametrize("order", spellings("", ""))
@pytest.mark.parametrize("case", ["execve/executes_again", "posix_spawn/executes_again"])
def test_both_work_in_the_grandchild(programs, folder, libcovenv, log, order, case):
    """A Python gives a receiver an environment with the neighbour alone in LD_PRELOAD; it executes a receiver again."""
    preload = spellings(libcovenv, folder / "neighbour.so")[order]
    script = (
        "import subprocess, sys;"
        "environment = {'A': '1', 'NEIGHBOUR_LOG': sys.argv[3], 'LD_PRELOAD': sys.argv[2]};"
        "subprocess.run([sys.argv[1], '@again'], env=environment, close_fds=sys.argv[4] != 'spawn')"
    )
    how = "spawn" if case.startswith("posix_spawn") else "exec"
    command = ["/usr/bin/python3", "-I", "-S", "-c", script, folder / "receiver", folder / "neighbour.so", log, how]
    chain = run_chain(command, {**CARRIED, "NEIGHBOUR_LOG": str(log), "LD_PRELOAD": preload})
    assert (chain.status, chain.err) == (0, "")
    merged = f"{folder}/neighbour.so:{libcovenv}"
    assert [value_of(report, "LD_PRELOAD") for report in chain.reports] == [merged, merged]
    assert [value_of(report, "COV_CORE_SOURCE") for report in chain.reports] == ["x", "x"]
    seen = log.read_text().split()  # the calls of the Python and of the receiver
    assert seen.count("execve") == (1 if how == "spawn" else 2)
    assert seen.count("posix_spawn") == (1 if how == "spawn" else 0)


@pytest.mark.parametrize("order", ["before", "after"])
def test_neighbour_sees_a_kill(folder, libcovenv, log, order):
    preload = spellings(libcovenv, folder / "neighbour.so")[order]
    environment = {**CARRIED, "NEIGHBOUR_LOG": str(log), "LD_PRELOAD": preload}
    chain = run_chain(["/bin/sh", "-c", "kill -9 $$"], environment)
    assert (chain.status, log.read_text()) == (-9, "kill\n")


def test_relative_entry_is_carried_as_an_absolute_path(folder, libcovenv):
    """The child's entry is absolute, because the child starts in a folder where a relative path leads nowhere."""
    relative = os.path.relpath(libcovenv, folder)
    script = (
        "import subprocess, sys;"
        "subprocess.run([sys.argv[1], '@again-bare'], env={'A': '1'}, cwd='/')"
    )
    command = ["/usr/bin/python3", "-I", "-S", "-c", script, folder / "receiver"]
    chain = run_chain(command, {**CARRIED, "LD_PRELOAD": relative}, cwd=folder)
    assert (chain.status, chain.err) == (0, "")
    assert chain.reports[0]["state"]["folder"] == "/"
    for report in chain.reports:
        entry = value_of(report, "LD_PRELOAD")
        assert os.path.isabs(entry) and os.path.samefile(entry, libcovenv)
        assert value_of(report, "COV_CORE_SOURCE") == "x"


def test_name_found_by_the_library_path(folder, libcovenv, tmp_path):
    """The child's entry is a path, although the runner's was found by LD_LIBRARY_PATH, which the child lacks."""
    shutil.copy(libcovenv, tmp_path / "libcovenv.so")
    script = "import subprocess, sys; subprocess.run([sys.argv[1], '@again-bare'], env={'A': '1'})"
    command = ["/usr/bin/python3", "-I", "-S", "-c", script, folder / "receiver"]
    environment = {**CARRIED, "LD_PRELOAD": "libcovenv.so", "LD_LIBRARY_PATH": str(tmp_path)}
    chain = run_chain(command, environment)
    assert (chain.status, chain.err) == (0, "")
    for report in chain.reports:
        assert value_of(report, "LD_PRELOAD") == str(tmp_path / "libcovenv.so")
        assert value_of(report, "COV_CORE_SOURCE") == "x"
