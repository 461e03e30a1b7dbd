# SPDX-License-Identifier: MIT
"""What a journal costs the process that has one, and what it takes to turn journals into data."""

import subprocess
import time
from functools import partial

from ..measure import MILLISECONDS, Measure, Ratio, Subject
from ..place import PROGRAMS, clean_environment, printed_number

BARE = "coverage alone"
WITHOUT = "covenv, COVENV_JOURNAL=0"
WITH = "covenv"
_CORES = ("ctrace", "pytrace")
_ROUNDS = {"ctrace": 1_000_000, "pytrace": 60_000}


def _variables(place, label, folder):
    if label == BARE:
        return clean_environment()
    where = "0" if label == WITHOUT else str(folder)
    return clean_environment() | {"LD_PRELOAD": str(place.library), "COVENV_JOURNAL": where}


def _loop(place, core, branch, label):
    command = [place.python(), "-m", "coverage", "run", "--parallel-mode", *(["--branch"] if branch else []),
               PROGRAMS / "traced_loop.py", _ROUNDS[core]]
    with place.journals() as folder:
        took = printed_number(command, _variables(place, label, folder) | {"COVERAGE_CORE": core}, cwd=place.folder)
    for old in place.folder.glob(".coverage.*"):
        old.unlink()
    return took


def _start(place, label):
    loop = place.compiled("spawn_loop")
    nothing = place.folder / "nothing.py"
    nothing.write_text("pass\n")
    command = [loop, "--cpu", "3", place.python(), "-m", "coverage", "run", "--parallel-mode", nothing]
    with place.journals() as folder:
        took = printed_number(command, _variables(place, label, folder), cwd=place.folder)
    for old in place.folder.glob(".coverage.*"):
        old.unlink()
    return took


def _combine(place, label, number):
    """By coverage's own command, in both cases: `glob.glob` is what it is heard by."""
    way = "kill" if label == WITH else "end"
    run = [place.python(), "-m", "coverage", "run", "--parallel-mode", PROGRAMS / "many_children.py", int(number), way]
    with place.journals() as folder:
        env = _variables(place, label, folder) | ({"COVENV_RUN": "bench"} if label == WITH else {})
        subprocess.run(list(map(str, run)), env=env, cwd=place.folder, check=True)
        left = len(list(folder.glob(".covenv-j-*") if label == WITH else place.folder.glob(".coverage.*")))
        # With journals there is the parent's as well.
        assert number <= left <= number + 1, (label, left)
        command = [place.python(), "-m", "coverage", "combine", "--quiet"]
        start = time.perf_counter_ns()
        subprocess.run(list(map(str, command)), env=env, cwd=place.folder, check=True)
        took = time.perf_counter_ns() - start
        assert not list(folder.glob(".covenv-j-*"))
    (place.folder / ".coverage").unlink()
    return took


def _measure(name, title, sample, target, rounds):
    subjects = [Subject(label, partial(sample, label), [target] if label == WITH else ()) for label in (BARE, WITHOUT, WITH)]
    return Measure(f"journal.{name}", title, subjects, BARE, MILLISECONDS, rounds)


def measures(place):
    for core in _CORES:
        for branch in (False, True):
            title = f"a traced loop, {core}, {'branches' if branch else 'lines'}, processor time"
            kind = "branch" if branch else "lines"
            # CPython tells an audit hook of each look at a frame's code, of which the tracer in Python has many.
            target = Ratio(1.03) if core == "ctrace" else Ratio(1.03, WITHOUT)
            yield _measure(f"{core}.{kind}", title, partial(_loop, place, core, branch), target, 15)
    yield _measure("start", "start and end of a measured Python, processor time", partial(_start, place), Ratio(1.05), 25)
    combines = [Subject(label, lambda number, label=label: _combine(place, label, number)) for label in (BARE, WITH)]
    yield Measure("journal.data", "coverage combine, of data files or of journals", combines, BARE, MILLISECONDS, 3,
                  points=(1, 10, 100, 1000), axis="processes")
