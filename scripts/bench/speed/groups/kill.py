# SPDX-License-Identifier: MIT
"""How long it takes to end measured servers, from the signal until the last one is reaped."""

from functools import partial

from ..measure import MILLISECONDS, Measure, Ratio, Subject
from ..place import PROGRAMS, clean_environment, printed_number

BY_HAND = "terminate(), sigterm = true"
SAVED = "kill() under covenv"
_GROUP = 20
_SIGTERM = "[run]\nsigterm = true\n"
# What the servers and whoever ends them run with: configuration, signal, covenv's variables (None: without covenv).
_WAYS = {
    BY_HAND: (_SIGTERM, "SIGTERM", None),
    SAVED: ("", "SIGKILL", {}),
    "kill(), COVENV_KILL=term": (_SIGTERM, "SIGKILL", {"COVENV_KILL": "term"}),
    "kill(), nothing saved": ("", "SIGKILL", None),
}


def _end(place, label, kind, number, way):
    configuration, signal, variables = _WAYS[label]
    rcfile = place.folder / "coveragerc"
    rcfile.write_text(configuration)
    preloaded = {} if variables is None else {"LD_PRELOAD": str(place.library)} | variables
    server = PROGRAMS / f"servers/{kind}_server.py"
    command = [place.python("programs"), PROGRAMS / "end_servers.py", rcfile, number, way, signal, server]
    for old in place.folder.glob(".coverage.*"):
        old.unlink()
    took = printed_number(command, clean_environment() | preloaded, cwd=place.folder)
    saved = len(list(place.folder.glob(".coverage.*")))
    assert saved == (0 if label == "kill(), nothing saved" else number), f"{label}: {saved} of {number} saved"
    return took


def _one(place, kind):
    subjects = [
        Subject(label, partial(_end, place, label, kind, 1, "each"), [Ratio(1.2)] if label == SAVED else ()) for label in _WAYS
    ]
    title = f"kill to reaped, {kind} server"
    return Measure(f"kill.{kind}", title, subjects, BY_HAND, MILLISECONDS, 25, plotted=kind == "http")


def _curve(place, kind, way):
    subjects = [
        Subject(label, lambda number, label=label: _end(place, label, kind, int(number), way)) for label in _WAYS
    ]
    how = "one by one" if way == "each" else "by killpg()"
    return Measure(
        f"kill.{kind}.{way}", f"kill to reaped, {kind} servers, {how}", subjects, BY_HAND, MILLISECONDS, 3,
        points=(1, 10, 100), axis="servers", plotted=(kind, way) == ("http", "group"),
    )


def _group(place):
    """What many cost, beside one: with each of the ways, as ending a process has a price of its own."""
    one = f"{SAVED}, 1"
    subjects = [Subject(one, partial(_end, place, SAVED, "http", 1, "group"))]
    for label in _WAYS:
        targets = [Ratio(2)] if label == SAVED else ()
        subjects.append(Subject(f"{label}, {_GROUP}", partial(_end, place, label, "http", _GROUP, "group"), targets))
    return Measure("kill.group", "kill to reaped, http servers, by killpg()", subjects, one, MILLISECONDS, 15, weight=4)


def measures(place):
    for kind in ("http", "uvicorn", "asyncio", "busy"):
        yield _one(place, kind)
    yield _group(place)
    if place.quick:
        return
    for kind in ("http", "uvicorn", "asyncio"):
        for way in ("each", "group"):
            yield _curve(place, kind, way)
