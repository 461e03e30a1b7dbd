# SPDX-License-Identifier: MIT
"""How long it takes to end measured servers, from the signal until the last one is reaped."""

from functools import partial

from ..measure import MILLISECONDS, Measure, Ratio, Subject
from ..place import PROGRAMS, clean_environment, printed_number

BARE = "kill(), nothing saved"
BY_HAND = "terminate(), sigterm = true"
KEPT = "kill() under covenv"
ASKED = "kill(), COVENV_JOURNAL=0"
_GROUP = 20
_ONE = {KEPT: [Ratio(1.05)], ASKED: [Ratio(1.2, BY_HAND)]}
_SIGTERM = "[run]\nsigterm = true\n"
# What the servers and their killer run with: configuration, signal, covenv's variables (None: without covenv).
_WAYS = {
    BARE: ("", "SIGKILL", None),
    KEPT: ("", "SIGKILL", {}),
    ASKED: ("", "SIGKILL", {"COVENV_JOURNAL": "0"}),
    "kill(), COVENV_KILL=term": (_SIGTERM, "SIGKILL", {"COVENV_JOURNAL": "0", "COVENV_KILL": "term"}),
    BY_HAND: (_SIGTERM, "SIGTERM", None),
}


def _end(place, label, kind, number, way):
    configuration, signal, variables = _WAYS[label]
    rcfile = place.folder / "coveragerc"
    rcfile.write_text(configuration)
    server = PROGRAMS / f"servers/{kind}_server.py"
    command = [place.python("programs"), PROGRAMS / "end_servers.py", rcfile, number, way, signal, server]
    for old in place.folder.glob(".coverage.*"):
        old.unlink()
    with place.journals() as folder:
        library = {"LD_PRELOAD": str(place.library), "COVENV_JOURNAL": str(folder)}
        env = clean_environment() | ({} if variables is None else library | variables)
        took = printed_number(command, env, cwd=place.folder)
        kept = len(list(folder.glob(".covenv-j-*")))
    saved = len(list(place.folder.glob(".coverage.*")))
    expected = (0 if label in (BARE, KEPT) else number, number if label == KEPT else 0)
    assert (saved, kept) == expected, f"{label}: {saved} saved and {kept} kept of {number}"
    return took


def _one(place, kind):
    subjects = [
        Subject(label, partial(_end, place, label, kind, 1, "each"), _ONE.get(label, ())) for label in _WAYS
    ]
    title = f"kill to reaped, {kind} server"
    return Measure(f"kill.{kind}", title, subjects, BARE, MILLISECONDS, 25, plotted=kind == "http")


def _curve(place, kind, way):
    subjects = [
        Subject(label, lambda number, label=label: _end(place, label, kind, int(number), way)) for label in _WAYS
    ]
    how = "one by one" if way == "each" else "by killpg()"
    return Measure(
        f"kill.{kind}.{way}", f"kill to reaped, {kind} servers, {how}", subjects, BARE, MILLISECONDS, 3,
        points=(1, 10, 100), axis="servers", plotted=(kind, way) == ("http", "group"),
    )


def _group(place):
    subjects = [
        Subject(label, partial(_end, place, label, "http", _GROUP, "group"), [Ratio(1.05)] if label == KEPT else ())
        for label in _WAYS
    ]
    return Measure("kill.group", f"kill to reaped, {_GROUP} http servers, by killpg()", subjects, BARE, MILLISECONDS, 15, weight=4)


def measures(place):
    for kind in ("http", "uvicorn", "asyncio", "busy"):
        yield _one(place, kind)
    yield _group(place)
    if place.quick:
        return
    for kind in ("http", "uvicorn", "asyncio"):
        for way in ("each", "group"):
            yield _curve(place, kind, way)
