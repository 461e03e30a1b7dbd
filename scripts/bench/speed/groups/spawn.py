# SPDX-License-Identifier: MIT
"""What covenv costs a process that is started: from the spawn to the end, by a program that starts one after the other."""

import os
from dataclasses import dataclass, field
from functools import partial

from ..measure import MICROSECONDS, MILLISECONDS, Measure, Ratio, Subject
from ..place import installed, printed_number

EMPTY = "empty .so"
EMPTY_100 = "empty .so, 100 more variables"
OWN = "libcovenv.so"
SESSION = "covenv run"
SESSION_100 = "covenv run, 100 more variables"
SESSION_100_COV = "covenv run, 100 COV variables"
_RECIPES = 300


@dataclass(frozen=True)
class Around:
    """How the program that spawns is started: by what command, with what in its environment."""

    label: str
    prefix: tuple = ()
    variables: dict = field(default_factory=dict)
    slowness: int = 1  # of how many spawns it does one


def _environment(variables):
    # Nothing that starts coverage: that is measured in kill.py.
    plain = {"PATH": os.environ["PATH"], "COV_EXTRA": "x"}
    return plain | {f"BUSINESS_{i}": "x" * 20 for i in range(40)} | variables


def _own(place):
    empty = {"LD_PRELOAD": str(place.empty_library())}
    run = (place.covenv, "run", "--quiet", "--")
    more = {f"OTHER_{i}": "x" * 20 for i in range(100)}
    return [
        Around("bare"),
        Around(EMPTY, variables=empty),
        Around(OWN, variables={"LD_PRELOAD": str(place.library)}),
        Around(SESSION, run),
        # Variables cost by themselves.
        Around(EMPTY_100, variables=empty | more),
        Around(SESSION_100, run, more),
        Around(SESSION_100_COV, run, {f"COV_X_{i}": "x" * 20 for i in range(100)}),
    ]


def _peers(place):
    """As their own commands set them up, which is outside of what is timed."""
    known = {
        "faketime": ("-f", "+0d"),
        "fakeroot": (),
        "fakechroot": (),
        "bear": ("--output", place.folder / "bear.json", "--"),
        "proot": (),
        "strace": ("-f", "-qq", "-o", "/dev/null"),
    }
    labels = {"strace": "strace -f"}
    slowness = {"bear": 5, "proot": 10, "strace": 10}
    return [
        Around(labels.get(name, name), (name, *options), slowness=slowness.get(name, 1))
        for name, options in known.items()
        if installed(name)
    ]


def _subjects(place, arounds, spawns, command, targets):
    """`spawns`: arguments of spawn_loop, the last of which is a number."""
    loop = place.compiled("spawn_loop")
    *options, number = spawns

    def sample(around):
        once = [*around.prefix, loop, *options, max(1, number // around.slowness), *command]
        return printed_number(once, _environment(around.variables), cwd=place.folder)

    return [Subject(around.label, partial(sample, around), targets.get(around.label, ())) for around in arounds]


def measures(place):
    own, peers = _own(place), _peers(place)
    # The others run beside what they start, so its processor time is not all, or are not preloaded by it. They slow it
    # down so much that `--quick` has no time for a whole make.
    preloaded = [peer for peer in peers if peer.label in ("faketime", "fakechroot", "fakeroot")]
    targets = {OWN: [Ratio(1.03)], SESSION: [Ratio(1.05)], SESSION_100: [Ratio(1.05, EMPTY_100)], SESSION_100_COV: [Ratio(1.05, EMPTY_100)]}
    (place.folder / "Makefile").write_text(
        f"all: $(shell seq -f r%g {_RECIPES})\n.PHONY: all\nr%:\n\t@true $@ >/dev/null\n"
    )
    python = place.python()
    for name, title, arounds, spawns, command, unit, weight, rounds in (
        ("cpu", "posix_spawn() and wait, /bin/true, processor time", [*own, *preloaded], ["--cpu", 100], ["/bin/true"], MICROSECONDS, 2, 40),
        ("true", "posix_spawn() and wait, /bin/true", [*own, *peers], [50], ["/bin/true"], MICROSECONDS, 1, 40),
        ("sh", "posix_spawn() and wait, sh -c :", [*own, *peers], [50], ["/bin/sh", "-c", ":"], MICROSECONDS, 1, 40),
        ("python", "posix_spawn() and wait, python -c pass", [*own, *peers], [5], [python, "-c", "pass"], MILLISECONDS, 1.5, 40),
        ("make", f"make -j2 of {_RECIPES} recipes", [*own, *(preloaded if place.quick else peers)], [1], ["make", "-s", "-j2"], MILLISECONDS, 2, 15),
    ):
        subjects = _subjects(place, arounds, spawns, command, targets)
        yield Measure(f"spawn.{name}", title, subjects, EMPTY, unit, rounds, weight, plotted=name == "cpu")
