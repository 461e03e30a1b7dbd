# SPDX-License-Identifier: MIT
"""A measured child costs at most a quarter more instructions than a bare one; a tenth more, if it runs none of the source.

By sys.monitoring it may cost a twentieth more than that.
"""

import json

import pytest
from stacks import NEWEST, Stack, monitoring_stacks

STACKS = [Stack(NEWEST, "ctrace", True), *monitoring_stacks()[-1:]]
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


@pytest.mark.parametrize("stack", STACKS, ids=str)
def test_at_most_so_many_times_as_bare(place, stack, program, request):
    is_full = request.config.getoption("--full")
    place.prepare(stack, "folder", "nothing")
    text, most = PROGRAMS[program]
    text = text.format(project=str(place.project))
    place.program.write_text(f"PROGRAM, IS_FULL = {text!r}, {is_full}\n{COUNTS}")
    (status, output, errors), _ = place.run(stack, "nothing", is_light=True)
    assert status == 0, errors
    counted = json.loads(output)
    print(stack, program, {name: round(count / 1e6, 1) for name, count in counted.items()}, "million instructions")
    # A child reads the code of coverage's SysMonitor before the program begins.
    most += 0.05 * (stack.core == "sysmon")
    assert counted["bare"] < counted["light"] <= most * counted["bare"]
    if is_full:
        assert counted["at once"] >= counted["bare"] + 100e6
        assert counted["late"] > counted["light"] + 100e6 or most < 1.2


def pytest_generate_tests(metafunc):
    names = list(PROGRAMS) if metafunc.config.getoption("--full") else ["nothing", "threads of no program", "the source"]
    metafunc.parametrize("program", names)
