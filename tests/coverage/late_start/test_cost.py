# SPDX-License-Identifier: MIT
"""A measured child costs at most a quarter more instructions than a bare one; a tenth more, if it runs none of the source."""

import json

from stacks import NEWEST, Stack

STACK = Stack(NEWEST, "ctrace", True)
SOURCE = "import sys; sys.path.insert(0, {project!r}); import shop.till; shop.till.count(3)"
#: name -> a program, and how many times as much as a bare one it may cost.
PROGRAMS = {
    "nothing": ("pass", 1.1),
    "modules": ("import json, email.message, argparse", 1.1),
    "threads of no program": ("import threading, concurrent.futures", 1.1),
    "the source": (SOURCE, 1.25),
    "the source and modules": ("import json, email.message, argparse, logging, urllib.request; " + SOURCE, 1.25),
}
# The program that runs below the runner counts the instructions, because the run's compiled code is there only meanwhile.
COUNTS = """
import json, os, re, subprocess, sys

def instructions(**variables):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", PROGRAM]
    variables |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=os.environ | variables, check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\\d+)", done.stderr)[1])

counted = {"bare": instructions(COVERAGE_PROCESS_CONFIG="", LD_PRELOAD="", COVENV_DISABLE="1"), "light": instructions()}
if IS_FULL:
    counted |= {"late": instructions(COVENV_TRACER=""), "at once": instructions(COVENV_LIGHT="0")}
print(json.dumps(counted))
"""


def test_at_most_so_many_times_as_bare(place, program, request):
    is_full = request.config.getoption("--full")
    place.prepare(STACK, "folder", "nothing")
    text, most = PROGRAMS[program]
    text = text.format(project=str(place.project))
    place.program.write_text(f"PROGRAM, IS_FULL = {text!r}, {is_full}\n{COUNTS}")
    (status, output, errors), _ = place.run(STACK, "nothing", is_light=True)
    assert status == 0, errors
    counted = json.loads(output)
    print(program, {name: round(count / 1e6, 1) for name, count in counted.items()}, "million instructions")
    assert counted["bare"] < counted["light"] <= most * counted["bare"]
    if is_full:
        assert counted["at once"] >= counted["bare"] + 100e6
        assert counted["late"] > counted["light"] + 100e6 or most < 1.25


def pytest_generate_tests(metafunc):
    names = list(PROGRAMS) if metafunc.config.getoption("--full") else ["nothing", "the source"]
    metafunc.parametrize("program", names)
