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
    """The first one finds out that the program has no counters."""
    start = 'sleep 600 & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done'
    script = f"{start}; first=$!; {start}; kill -9 $first; cd /usr; kill -9 $!; cd /; wait"
    calls = system_calls("sh", "-c", script, preloaded=True)
    first, second = (number for number, name in enumerate(calls) if name == "kill")
    made = [name for name in calls[calls.index("chdir", first) + 1:second] if name != "getpid"]
    assert made == ["readlinkat", "openat", "read", "close", "newfstatat"]
