# SPDX-License-Identifier: MIT
"""A Python program that is not measured sees no difference in itself, and prints the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exec_runs import SESSION

FACTS = Path(__file__).with_name("python_facts.py")
RUNNER = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "COVENV_GRACE": "60s"}
OPTIONS = {
    "plain": [],
    "isolated": ["-I", "-S", "-E"],
    "development": ["-X", "dev"],
    "warnings": ["-W", "error", "-b", "-B"],
}


def run(options, preload, more=None):
    environment = {**RUNNER, **SESSION, **(more or {}), **({"LD_PRELOAD": str(preload)} if preload else {})}
    done = subprocess.run(
        [sys.executable, *options], env=environment, capture_output=True, timeout=60, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("options", OPTIONS)
def test_facts(libcovenv, options):
    bare = run([*OPTIONS[options], FACTS], None)
    shim = run([*OPTIONS[options], FACTS], libcovenv)
    assert bare[0] == 0, bare[2].decode()
    one, other = json.loads(bare[1]), json.loads(shim[1] or "{}")
    assert {key: value for key, value in other.items() if one[key] != value} == {}
    assert one.keys() == other.keys()
    assert shim[2] == bare[2]


@pytest.mark.parametrize("allocator", ["debug", "malloc_debug", "malloc"])
def test_allocator(libcovenv, allocator):
    """Python starts with each allocator; an audit hook registered before pre-initialisation would make it abort."""
    options = ["-X", "dev", "-c", "import sys; print(sys.flags.dev_mode)"]
    more = {"PYTHONMALLOC": allocator, "COV_CORE_SOURCE": "x"}
    assert run(options, libcovenv, more) == run(options, None, more) == (0, b"True\n", b"")


def test_fork_in_a_threaded_program_warns_no_more_than_bare(libcovenv):
    """Python 3.12 and later warn at a fork if there is another thread, so a thread of the library's would be seen."""
    options = ["-W", "error", "-c", "import os; pid = os.fork(); pid or os._exit(5); print(os.waitpid(pid, 0)[1])"]
    assert run(options, libcovenv) == run(options, None) == (0, b"1280\n", b"")


def test_comparison_sees_a_library_that_catches_a_signal(programs):
    bare = run([FACTS], None)
    mutant = run([FACTS], programs / "mutant.so", {"MUTANT": "catches_a_signal"})
    one, other = json.loads(bare[1]), json.loads(mutant[1])
    changed = {key for key in one if one[key] != other[key]}
    assert {"status", "dispositions"} <= changed
