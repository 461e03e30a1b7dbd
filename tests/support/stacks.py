# SPDX-License-Identifier: MIT
"""The stacks that measured programs run on: a Python, its coverage, the core of coverage, lines or branches."""

import dataclasses
import functools
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENVS = ROOT / "build" / "venvs"
# The virtual environments that scripts/test makes of `python3`, with coverage 7.17, 7.9 and 6.5.
NEWEST = "pytest-cov-7"
OURS = (NEWEST, "pytest-cov-6", "pytest-cov-4")
OTHER_PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@dataclasses.dataclass(frozen=True)
class Stack:
    """A folder of VENVS, the core by which its coverage measures ("ctrace", "pytrace", "sysmon"), branches or lines."""

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
        """The variables (a dict) that a measured program on this stack needs."""
        return {"COVERAGE_CORE": self.core}

    @property
    def run(self):
        """The start of a command line that runs a program measured; the program's name comes next."""
        # Coverage before 7.4 does not know COVERAGE_CORE, so an option chooses the core there.
        options = ["--timid"] if self.core == "pytrace" else []
        return [str(self.python), "-m", "coverage", "run", "--rcfile=rc", *options]

    @property
    def version(self):
        """The version of the Python: (3, 11)."""
        return versions(self.python)[0]

    @property
    def coverage_version(self):
        """The version of coverage: (7, 9, 2)."""
        return versions(self.python)[1]


@functools.lru_cache(None)
def versions(python):
    """The versions of an interpreter and of its coverage: ((3, 11), (7, 9, 2)). Raises FileNotFoundError."""
    if not python.exists():
        raise FileNotFoundError(f"{python} is missing: scripts/test makes the virtual environments")
    program = "import coverage, json, sys; print(json.dumps([sys.version_info[:2], coverage.version_info[:3]]))"
    told = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout
    return tuple(map(tuple, json.loads(told)))


def other_venvs():
    """The names of the virtual environments that scripts/test --full has made of other Pythons on this machine."""
    names = ("journal-" + version for version in OTHER_PYTHONS)
    return [name for name in names if (VENVS / name / "bin" / "python").exists()]


def default_stacks():
    """Three stacks that a short run uses: each of OURS once, both cores, lines and branches."""
    newest, middle, oldest = OURS
    return [Stack(newest, "ctrace", True), Stack(middle, "pytrace", False), Stack(oldest, "ctrace", True)]


def all_stacks():
    """Every virtual environment that is there, with each core that its Python and its coverage have."""
    stacks = []
    for venv in (*OURS, *other_venvs()):
        cores = ["ctrace", "pytrace"]
        python, coverage = versions(VENVS / venv / "bin" / "python")
        if python >= (3, 12) and coverage >= (7, 4):
            cores.append("sysmon")
        for core in cores:
            # One Python is enough to compare lines with branches, because the difference is coverage's, not Python's.
            # sys.monitoring is the exception: coverage measures branches by it only from Python 3.14 on.
            both = venv == NEWEST or (core == "sysmon" and python >= (3, 14))
            stacks += [Stack(venv, core, branch) for branch in ((False, True) if both else (core == "ctrace",))]
    return stacks


def monitoring_stacks():
    """Those by sys.monitoring on the newest Python that is there, or an empty list: lines and, if possible, branches."""
    stacks = [stack for stack in all_stacks() if stack.core == "sysmon"]
    return [stack for stack in stacks if stack.venv == stacks[-1].venv]


def stacks_of_each_core():
    """Few stacks, for tests that take minutes on each: every core, with branches and with lines alone."""
    newest = [Stack(NEWEST, "ctrace", False), Stack(NEWEST, "ctrace", True), Stack(NEWEST, "pytrace", True)]
    return newest + [stack for stack in all_stacks() if stack.core == "sysmon"]
