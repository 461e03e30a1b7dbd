# SPDX-License-Identifier: MIT
"""The stacks that measured programs run on: a Python, its coverage, and the way in which that measures."""

import dataclasses
import functools
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENVS = ROOT / "build" / "venvs"
# Made by scripts/test of `python3`; coverage 7.17, 7.9 and 6.5.
NEWEST = "pytest-cov-7"
OURS = (NEWEST, "pytest-cov-6", "pytest-cov-4")
OTHER_PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@dataclasses.dataclass(frozen=True)
class Stack:
    venv: str
    core: str = "ctrace"
    branch: bool = False

    def __str__(self):
        return f"{self.venv}-{self.core}-{'branch' if self.branch else 'lines'}"

    @property
    def python(self):
        return VENVS / self.venv / "bin" / "python"

    @property
    def variables(self):
        return {"COVERAGE_CORE": self.core}

    @property
    def run(self):
        """What runs a program measured; it goes on with the program's name."""
        # Before 7.4 coverage knows no variable for it.
        options = ["--timid"] if self.core == "pytrace" else []
        return [str(self.python), "-m", "coverage", "run", "--rcfile=rc", *options]

    @property
    def version(self):
        return versions(self.python)[0]

    @property
    def coverage_version(self):
        return versions(self.python)[1]


@functools.lru_cache(None)
def versions(python):
    if not python.exists():
        raise FileNotFoundError(f"{python} is missing: scripts/test makes the virtual environments")
    program = "import coverage, json, sys; print(json.dumps([sys.version_info[:2], coverage.version_info[:3]]))"
    told = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout
    return tuple(map(tuple, json.loads(told)))


def other_venvs():
    """Those that scripts/test --full makes of Pythons that happen to be there."""
    names = ("journal-" + version for version in OTHER_PYTHONS)
    return [name for name in names if (VENVS / name / "bin" / "python").exists()]


def default_stacks():
    newest, middle, oldest = OURS
    return [Stack(newest, "ctrace", True), Stack(middle, "pytrace", False), Stack(oldest, "ctrace", True)]


def all_stacks():
    stacks = []
    for venv in (*OURS, *other_venvs()):
        cores = ["ctrace", "pytrace"]
        python, coverage = versions(VENVS / venv / "bin" / "python")
        if python >= (3, 12) and coverage >= (7, 4):
            cores.append("sysmon")
        for core in cores:
            # What differs between lines and branches is coverage's, not Python's. Before 3.14 coverage measures no
            # branches by sys.monitoring.
            both = venv == NEWEST or (core == "sysmon" and python >= (3, 14))
            stacks += [Stack(venv, core, branch) for branch in ((False, True) if both else (core == "ctrace",))]
    return stacks


def stacks_of_each_core():
    """For what takes minutes on each: every core, with branches and without."""
    newest = [Stack(NEWEST, "ctrace", False), Stack(NEWEST, "ctrace", True), Stack(NEWEST, "pytrace", True)]
    return newest + [stack for stack in all_stacks() if stack.core == "sysmon"]
