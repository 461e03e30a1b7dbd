# SPDX-License-Identifier: MIT
"""The cost of a journal for a traced program, in instructions, which do not depend on how busy the machine is."""

import re
import subprocess

from differential import DEADLINE
from stacks import NEWEST, Stack

# So many rounds that the difference between two runs, some 200000 instructions, does not count.
ROUNDS = 80000
LOOP = """
    import gc
    import sys

    gc.disable()

    def total(count):
        result = 0
        for number in range(count):
            if number % 3:
                result += number
            else:
                result -= 1
        return result

    total(int(sys.argv[1]))
"""


def instructions(place, count, journal):
    """The instructions of a measured program whose loop has `count` rounds, with its start and its end."""
    command = place.command("loop.py", count)
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], cwd=place.folder,
                          env=place.environment(PYTHONHASHSEED="0", COVENV_KILL="off", COVENV_JOURNAL=journal),
                          capture_output=True, text=True, timeout=10 * DEADLINE, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def for_each_round(place, journal):
    return (instructions(place, 2 * ROUNDS, journal) - instructions(place, ROUNDS, journal)) / ROUNDS


def pytest_generate_tests(metafunc):
    measured = [False, True] if metafunc.config.getoption("--full") else [False]
    stacks = [Stack(NEWEST, branch=branch) for branch in measured]
    metafunc.parametrize("place", stacks, indirect=True, ids=str)


def test_a_round_of_a_traced_loop_costs_at_most_2_percent_more(place):
    place.write("loop.py", LOOP)
    without, with_one = for_each_round(place, "0"), for_each_round(place, "1")
    # The C tracer takes several hundred instructions a line, so a round with fewer than 1000 would not be traced.
    assert without > 1000
    assert without < with_one <= 1.02 * without
