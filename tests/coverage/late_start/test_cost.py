# SPDX-License-Identifier: MIT
"""A child that runs none of the source costs at most a fifth more instructions than without coverage."""

import re
import subprocess

from stacks import NEWEST, Stack

STACK = Stack(NEWEST, "ctrace", True)
PROGRAMS = {
    "nothing": "pass",
    "modules": "import json, email.message, argparse",
    "threads of no program": "import threading, concurrent.futures",
}


def variables_of_a_child(place):
    place.program.write_text("import os, sys; sys.stdout.buffer.write(b'\\0'.join(k + b'=' + v for k, v in os.environb.items()))")
    (_, output, _), _ = place.run(STACK, "nothing", is_light=True)
    return dict(entry.split("=", 1) for entry in output.split("\0"))


def instructions(variables, program):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", STACK.python, "-c", program]
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True, timeout=240)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def pytest_generate_tests(metafunc):
    names = list(PROGRAMS) if metafunc.config.getoption("--full") else ["nothing"]
    metafunc.parametrize("program", [PROGRAMS[name] for name in names], ids=names)


def test_at_most_a_fifth_more(place, program, request):
    place.prepare(STACK, "folder", "nothing")
    measured = variables_of_a_child(place)
    assert {"COVENV_SOURCE", "COVERAGE_PROCESS_CONFIG", "LD_PRELOAD"} <= set(measured)
    own = {name: value for name, value in measured.items() if not name.startswith("COV")} | {"PYTHONHASHSEED": "0"}
    bare = instructions({name: value for name, value in own.items() if name != "LD_PRELOAD"}, program)
    late = instructions(measured | own, program)
    print(f"{program}: bare {bare / 1e6:.1f}, late {late / 1e6:.1f} million instructions")
    assert bare < late <= 1.2 * bare
    if request.config.getoption("--full"):
        at_once = instructions(measured | own | {"COVENV_LIGHT": "0"}, program)
        print(f"at once {at_once / 1e6:.1f} million instructions")
        assert at_once >= bare + 100e6
