# SPDX-License-Identifier: MIT
"""What a spawn costs as more of something is there: variables, carried ones, patterns, events, threads."""

import json
import os
import subprocess
from functools import partial

from ..measure import MICROSECONDS, Measure, Most, Subject, Unit
from ..place import printed_number

_NANOSECONDS = Unit("ns", 1)
_BARE, _OWN, _SESSION = "bare", "libcovenv.so", "covenv run"
_SPAWNS = 40


def _environment(place, label, variables):
    plain = {"PATH": os.environ["PATH"], "COV_EXTRA": "x"} | variables
    return plain | ({"LD_PRELOAD": str(place.library)} if label == _OWN else {})


def _prefix(place, label, *options):
    return [place.covenv, "run", "--quiet", *options, "--"] if label == _SESSION else []


def _names(prefix, number):
    return {f"{prefix}{i}": "x" * 20 for i in range(number)}


def _spawns(place):
    """Measures that start /bin/true."""
    loop, threads = place.compiled("spawn_loop"), place.compiled("spawn_threads")

    def with_variables(label, number):
        command = [*_prefix(place, label), loop, _SPAWNS]
        return printed_number(command, _environment(place, label, _names("BUSINESS_", int(number))))

    def with_carried(label, number):
        command = [*_prefix(place, label), loop, _SPAWNS]
        variables = _names("BUSINESS_", 100 - int(number)) | _names("COV_NAME_", int(number))
        return printed_number(command, _environment(place, label, variables))

    def with_patterns(label, number):
        # They begin as the names do, and match none.
        patterns = {"COVENV_CARRY": ",".join(f"B*{i}Z" for i in range(int(number)))}
        return printed_number([*_prefix(place, label), loop, _SPAWNS], _environment(place, label, _names("BUSINESS_", 100) | patterns))

    def with_events(label, number):
        # So many that the session has room for none of the last ones, or is not half full.
        command = [*_prefix(place, label, "--session-size", "64KiB"), loop, int(number)]
        return printed_number(command, _environment(place, label, _names("BUSINESS_", 40)))

    def with_threads(label, number):
        command = [*_prefix(place, label), threads, int(number), 2 * _SPAWNS]
        return printed_number(command, _environment(place, label, _names("BUSINESS_", 40)))

    every = (_BARE, _OWN, _SESSION)
    for name, title, run, points, axis in (
        ("variables", "a spawn, by the size of the environment", with_variables, (10, 100, 1000, 10000), "variables"),
        ("carried", "a spawn, by carried variables", with_carried, (1, 4, 16, 64), "carried of 100 variables"),
        ("patterns", "a spawn, by patterns of COVENV_CARRY", with_patterns, (1, 4, 16, 64), "patterns, against 100 variables"),
        ("events", "a spawn, by spawns before it in a session for 250 events", with_events, (10, 40, 160, 640), "spawns"),
        ("threads", "a spawn, by threads that spawn", with_threads, (1, 2, 4, 16, 64), "threads"),
    ):
        yield Measure(
            f"scaling.{name}",
            title,
            [Subject(label, partial(run, label)) for label in every],
            _BARE,
            MICROSECONDS,
            rounds=10,
            points=points,
            axis=axis,
            plotted=name == "variables",
        )


def _core(place):
    """The computation by itself, by Google Benchmark."""

    def run(name, number):
        command = [
            place.build / "bin/core_benchmark", f"--benchmark_filter={name}/{int(number)}$",
            "--benchmark_min_time=0.02", "--benchmark_format=json",
        ]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        [benchmark] = json.loads(done.stdout)["benchmarks"]
        return benchmark["cpu_time"]

    sizes = {"merge_into_empty": "into an empty environment", "merge_into_same": "into an equal one", "learn": "at a start"}
    yield Measure(
        "core.merge100",
        "merging 100 variables",
        [Subject(title, partial(run, name, 100), [Most(1000)]) for name, title in sizes.items()],
        "into an equal one",
        _NANOSECONDS,
        rounds=10,
        weight=0.3,
    )
    yield Measure(
        "core.merge",
        "merging an environment",
        [Subject(title, partial(run, name)) for name, title in sizes.items()],
        "into an equal one",
        _NANOSECONDS,
        rounds=5,
        weight=0.3,
        points=(10, 100, 1000, 10000),
        axis="variables",
    )
    more = {"merge_carried": "carried of 100 variables", "match_patterns": "patterns, against 100 variables"}
    yield Measure(
        "core.carried",
        "selecting and merging",
        [Subject(title, partial(run, name)) for name, title in more.items()],
        "carried of 100 variables",
        _NANOSECONDS,
        rounds=5,
        weight=0.3,
        points=(1, 4, 16, 64),
        axis="number",
    )


def measures(place):
    yield from _spawns(place)
    yield from _core(place)
