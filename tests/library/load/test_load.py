# SPDX-License-Identifier: MIT
"""Load tests: the same results without and with the library, constant memory, no further descriptor."""

import json
import os
import subprocess

import pytest

# scenario -> how often it repeats its work. Storms and small stacks need few repetitions.
USUAL = {
    "spawn_one_by_one": 3000,
    "spawn_from_64_threads": 20,
    "kill_one_by_one": 300,
    "kill_a_group": 300,
    "kill_a_marked_group": 300,
    "spawn_in_a_storm": 150,
    "kill_in_a_storm": 50,
    "use_a_small_stack": 5,
    "argument_limit": 1000,
    "large_environment": 1000,
}
FULL = USUAL | {
    "spawn_one_by_one": 100_000,
    "spawn_from_64_threads": 500,
    "kill_one_by_one": 1000,
    "kill_a_group": 1000,
    "kill_a_marked_group": 1000,
    "spawn_in_a_storm": 3000,
    "kill_in_a_storm": 1000,
}
DEADLINE = 900


def count_of(config, scenario):
    return (FULL if config.getoption("--full") else USUAL)[scenario]


@pytest.fixture
def run(programs, libcovenv, session_variables):
    """A function that runs one of the load programs, preloaded or bare, and returns its stdout as bytes.

    The program has to succeed, and to print nothing on stderr.
    """

    def run(program, *arguments, preload):
        # The grace is long, so that it does not end before a busy machine has saved.
        environment = {"PATH": os.environ["PATH"], "COV_LOAD": "1", "COVENV_GRACE": "10m", **session_variables}
        if preload:
            environment["LD_PRELOAD"] = str(libcovenv)
        done = subprocess.run(
            [programs / program, *map(str, arguments)], env=environment, capture_output=True, timeout=DEADLINE
        )
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    return run


@pytest.fixture
def both(run, pytestconfig):
    """A function that runs a scenario of load_probe bare and preloaded, which must give the same "same".

    Returns the object of the preloaded run, and the count that the scenario got.
    """

    def both(scenario):
        count = count_of(pytestconfig, scenario)
        bare, shim = (json.loads(run("load_probe", scenario, count, preload=preload)) for preload in (False, True))
        assert shim["same"] == bare["same"]
        return shim, count

    return both


def test_spawns_leave_nothing_behind(both):
    """The last spawn leaves as much memory as the hundredth; 128 KiB of resident memory are the kernel's accounting."""
    shim, count = both("spawn_one_by_one")
    assert shim["carried"] == count
    assert shim["more_data_kib"] == 0
    assert shim["more_resident_kib"] <= 128


def test_64_threads_spawn_at_once(both):
    shim, count = both("spawn_from_64_threads")
    assert shim["same"]["failed"] == 0
    assert shim["carried"] == 64 * count


@pytest.mark.parametrize("scenario", ["kill_one_by_one", "kill_a_group"])
def test_children_are_killed_at_once(both, scenario):
    shim, count = both(scenario)
    assert shim["same"]["statuses"] == {"9": count}


def test_every_measured_member_of_a_large_group_is_asked(both):
    shim, count = both("kill_a_marked_group")
    assert shim["same"]["statuses"] == {"9": count}
    assert shim["asked"] == count


def test_spawns_in_a_storm_of_signals(both):
    shim, _ = both("spawn_in_a_storm")
    assert shim["was_stormy"]


def test_kills_in_a_storm_of_signals(both):
    shim, count = both("kill_in_a_storm")
    assert shim["was_stormy"]
    assert shim["asked"] == 2 * count


def test_a_stack_of_16_kib(both):
    both("use_a_small_stack")


def test_the_kernels_limit_of_arguments_is_where_it_was(both):
    shim, _ = both("argument_limit")
    assert {limit["error"] for limit in shim["same"]} == {7}


def test_an_environment_of_a_mebibyte(both):
    shim, _ = both("large_environment")
    assert shim["carried"]


def test_a_tree_of_processes(run, pytestconfig):
    depth = 11 if pytestconfig.getoption("--full") else 8
    assert run("load_tree", depth, preload=False) == b""
    assert run("load_tree", depth, preload=True) == b"c" * 2**depth
