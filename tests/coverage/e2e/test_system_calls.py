# SPDX-License-Identifier: MIT
"""The library adds only these system calls to a program that is not measured."""

import re
import subprocess

import pytest


@pytest.fixture
def system_calls(libcovenv, tmp_path):
    """A function that returns the names of the system calls of a command's first process, in their order.

    The command runs with the library if `preloaded`, else without.
    """

    def run(*command, preloaded):
        trace = tmp_path / "trace"
        settings = ["-E", f"LD_PRELOAD={libcovenv}"] if preloaded else []
        subprocess.run(["strace", "-o", trace, *settings, *command], check=True, env={"PATH": "/usr/bin:/bin"})
        return re.findall(r"^(\w+)\(", trace.read_text(), re.MULTILINE)

    return run


def test_an_unmeasured_python_looks_at_no_more_handlers(system_calls):
    with_it, without = (system_calls("/usr/bin/python3", "-c", "pass", preloaded=preloaded).count("rt_sigaction")
                        for preloaded in (True, False))
    assert with_it == without > 60


def test_a_second_kill_of_what_is_not_measured_looks_at_its_status_and_its_program_alone(system_calls):
    """The first one finds out that the program has no counters. The shell kills processes that are not its children,
    because a child's end would interrupt the shell at any moment.
    """
    with subprocess.Popen(["sleep", "600"]) as first, subprocess.Popen(["sleep", "600"]) as second:
        script = f"kill -9 {first.pid}; cd /usr; kill -9 {second.pid}"
        calls = system_calls("sh", "-c", script, preloaded=True)
    assert (first.returncode, second.returncode) == (-9, -9)
    made = [name for name in calls[calls.index("chdir") + 1:] if name != "getpid"]
    assert made[:6] == ["readlinkat", "openat", "read", "close", "newfstatat", "kill"]


def test_the_first_kill_of_another_program_maps_no_memory_and_asks_once_for_the_own_pid(system_calls):
    """The room for work is left of the kill before. `cat` has the libraries of `sleep`."""
    with (subprocess.Popen(["sleep", "600"]) as first,
          subprocess.Popen(["cat"], stdin=subprocess.PIPE) as second):
        script = f"kill -9 {first.pid}; cd /usr; kill -9 {second.pid}"
        calls = system_calls("sh", "-c", script, preloaded=True)
    assert (first.returncode, second.returncode) == (-9, -9)
    before = calls[:calls.index("chdir")]
    made = calls[calls.index("chdir") + 1:]
    made = made[:made.index("kill")]
    assert made.count("getpid") == 1
    assert "mmap" in before
    assert "mmap" not in made
    assert made.count("openat") >= 3  # the status, the program, the maps
