# SPDX-License-Identifier: MIT
"""What `covenv run` adds to a command, and what the report of a large session costs."""

import os
import subprocess
import sys
import time
from functools import cache, partial

from ..measure import MEBIBYTES, MILLISECONDS, Excess, Measure, Most, Subject
from ..place import ROOT, clean_environment, printed_number

_PROCESSES = 100_000
_SECOND = 1e9
_HUNDRED_MIB = 100 * 1024  # in KiB


def _start(place):
    loop = place.compiled("spawn_loop")
    run = [place.covenv, "run"]
    prefixes = {
        "true": [],
        "covenv run": [*run, "--"],
        "covenv run --quiet": [*run, "--quiet", "--"],
        "covenv run --report FILE.json": [*run, "--report", place.folder / "started.json", "--"],
    }
    subjects = [
        Subject(
            label,
            partial(printed_number, [loop, "10", *prefix, "/bin/true"], clean_environment()),
            [Excess(10e6)] if prefix else (),
        )
        for label, prefix in prefixes.items()
    ]
    return Measure("run.start", "start and end of `true`", subjects, "true", MILLISECONDS, weight=0.5)


@cache
def _large_report(place):
    path = place.folder / "large.json"
    # By another process: what this one holds would count as a child's, from before its exec.
    code = f"import json, reports; json.dump(reports.many({_PROCESSES}), open({str(path)!r}, 'w'))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests/commands/report", check=True)
    return path


def _used(place, form):
    """Nanoseconds and KiB."""
    command = [place.covenv, "report", _large_report(place), "--format", form, "--output", place.folder / "shown"]
    start = time.perf_counter_ns()
    process = subprocess.Popen(list(map(str, command)), env=clean_environment())
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.perf_counter_ns() - start, usage.ru_maxrss


def measures(place):
    yield _start(place)
    forms = ["summary", "html", "json", "text"]
    for name, column, unit, limit in (("time", 0, MILLISECONDS, _SECOND), ("memory", 1, MEBIBYTES, _HUNDRED_MIB)):
        subjects = [Subject(form, lambda form=form, column=column: _used(place, form)[column], [Most(limit)]) for form in forms]
        title = f"covenv report of {_PROCESSES} processes, {name}"
        yield Measure(f"run.report.{name}", title, subjects, "summary", unit, rounds=10 if name == "time" else 3, weight=0.5)
