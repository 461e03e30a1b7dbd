# SPDX-License-Identifier: MIT
"""What sigforward costs, beside other small inits: start, memory, how long signals take, orphans."""

import os
import re
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

from init_probes import wrappers
from init_probes.commands import plain
from init_probes.scene import STARTING, Scene, adopt_orphans, children, descendants, end_all_below, field

from ..measure import KIBIBYTES, MICROSECONDS, SECONDS, Excess, Measure, Ratio, Subject
from ..place import printed_number

OWN = "sigforward"
_LEANER = ["--no-preload", "--no-guard", "--no-preload --no-guard"]
_ORPHANS = 10_000
# By the table of inits: they pass USR1 not on, or leave the zombies of others.
_UNABLE = {"deliver": ("timeout", "process-wrapper"), "end": (), "orphans": ("timeout",)}
_AS_FIRST = ["unshare", "--pid", "--fork", "--kill-child=KILL"]


def _wrappers(place, leaner):
    every = [wrappers.sigforward(place.sigforward)]
    if leaner:
        every += [wrappers.sigforward(place.sigforward, *options.split(), title=f"{OWN} {options}") for options in _LEANER]
    every += [wrapper for wrapper in wrappers.peers() if wrapper.is_process]
    return {wrapper.title: wrapper.prefix(wrappers.GRACE) for wrapper in every}


def _able(name, runs):
    return {label: run for label, run in runs.items() if not label.startswith(_UNABLE[name])}


def _timed(*command):
    try:
        return printed_number(command)
    finally:
        end_all_below()


def _memory(prefix):
    """In KiB, of everything that came beside the command: a guard counts."""
    scene = Scene(*map(str, prefix), *plain())
    command = scene.ready()
    time.sleep(0.2)
    beside = [pid for pid in descendants(os.getpid()) if pid != command]
    size = sum(_resident(pid) for pid in {scene.pid, *beside})
    scene.close()
    end_all_below()
    return size


def _resident(pid):
    return int(re.search(r"^Rss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])


def _is_zombie(pid):
    try:
        return field(pid, "State").startswith("Z")
    except FileNotFoundError:
        return False


def _orphans(place, prefix):
    """As PID 1, until none of them is left."""
    scene = Scene(*_AS_FIRST, *map(str, prefix), place.compiled("orphans"), str(_ORPHANS), stdin=subprocess.PIPE)
    start = time.perf_counter_ns()
    try:
        assert scene.says("done", 10 * STARTING)
        [first] = children(scene.pid)
        while any(_is_zombie(pid) for pid in children(first)):
            assert time.perf_counter_ns() - start < 10 * STARTING * 1e9, "zombies are left"
        return time.perf_counter_ns() - start
    finally:
        scene.process.stdin.close()
        scene.close()
        end_all_below()


def _measure(name, title, runs, reference, unit, targets, **options):
    subjects = [Subject(label, run, targets if label == OWN else ()) for label, run in runs.items()]
    return Measure(f"wrappers.{name}", title, subjects, reference, unit, **options)


def measures(place):
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a job in a script's background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    adopt_orphans()
    every = _wrappers(place, leaner=True)
    signals = place.compiled("signal_loop")

    def runs(program, *arguments, command=(), of=every):
        return {label: partial(_timed, program, *arguments, *prefix, *command) for label, prefix in of.items()}

    start = runs(place.compiled("spawn_loop"), "20", command=["true"])
    yield _measure("start", "start and end of `true`", start, "dumb-init", MICROSECONDS, [Ratio(1.25)])
    for name, title, arguments, targets in (
        ("deliver", "USR1 to the wrapper until its command acts", ["deliver", "200"], []),
        ("end", "TERM to the wrapper until it is reaped", ["end", "10"], []),
    ):
        able = _able(name, runs(signals, *arguments))
        yield _measure(name, title, able, "tini -s", MICROSECONDS, targets, weight=0.5)
    memory = {label: partial(_memory, prefix) for label, prefix in every.items()}
    yield _measure("memory", "resident beside the command", memory, "tini -s", KIBIBYTES, [Excess(1024)], rounds=3, weight=0.1)
    if not place.quick:
        orphans = {label: partial(_orphans, place, prefix) for label, prefix in _wrappers(place, leaner=False).items()}
        yield _measure("orphans", f"{_ORPHANS} orphans as PID 1", _able("orphans", orphans), "dumb-init", SECONDS, [], rounds=5)
