# SPDX-License-Identifier: MIT
"""What covenv costs a process that is started: from the spawn to the end, by a program that starts one after the other."""

import os
from dataclasses import dataclass, field
from functools import partial

from ..measure import MICROSECONDS, MILLISECONDS, Measure, Ratio, Subject
from ..place import installed, printed_number

EMPTY = "empty .so"
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
    measured = {f"COV_EXTRA_{i}": "x" * 20 for i in range(100)}
    return [
        Around("bare"),
        Around(EMPTY, variables={"LD_PRELOAD": str(place.empty_library())}),
        Around("libcovenv.so", variables={"LD_PRELOAD": str(place.library)}),
        Around("covenv run, 100 COV variables", (place.covenv, "run", "--quiet", "--"), measured),
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
    loop = place.compiled("spawn_loop")
    return [
        Subject(
            around.label,
            partial(
                printed_number,
                [*around.prefix, loop, max(1, spawns // around.slowness), *command],
                _environment(around.variables),
                cwd=place.folder,
            ),
            targets.get(around.label, ()),
        )
        for around in arounds
    ]


def measures(place):
    every = [*_own(place), *_peers(place)]
    targets = {"libcovenv.so": [Ratio(1.03)], "covenv run, 100 COV variables": [Ratio(1.05)]}
    (place.folder / "Makefile").write_text(
        f"all: $(shell seq -f r%g {_RECIPES})\n.PHONY: all\nr%:\n\t@true $@ >/dev/null\n"
    )
    python = place.python()
    for name, title, spawns, command, unit in (
        ("spawn.true", "posix_spawn() and wait, /bin/true", 100, ["/bin/true"], MICROSECONDS),
        ("spawn.sh", "posix_spawn() and wait, sh -c :", 100, ["/bin/sh", "-c", ":"], MICROSECONDS),
        ("spawn.python", "posix_spawn() and wait, python -c pass", 5, [python, "-c", "pass"], MILLISECONDS),
        ("spawn.make", f"make -j2 of {_RECIPES} recipes", 1, ["make", "-s", "-j2"], MILLISECONDS),
    ):
        yield Measure(
            name, title, _subjects(place, every, spawns, command, targets), EMPTY, unit, plotted=name in ("spawn.true", "spawn.make")
        )
