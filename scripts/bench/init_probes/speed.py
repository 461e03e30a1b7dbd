# SPDX-License-Identifier: MIT
"""What a wrapper costs: time, and memory."""

import os
import re
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

import ratios

from .commands import plain
from .scene import STARTING, Hang, Scene, adopt_orphans, children, descendants, end_all_below, field
from .wrappers import ROOT

_ORPHANS = 10_000
_AS_FIRST = ["unshare", "--pid", "--fork", "--kill-child=KILL"]


def report(wrappers, rounds):
    """`wrappers`: their commands by name. What is slower than `dumb-init` or `tini -s` by how much, in tables."""
    adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        spawn, signals, orphans = (_compiled(name, folder) for name in ("spawn_loop", "signal_loop", "orphans"))

        def table(title, program, base, *arguments, command=()):
            runs = {name: partial(_measured, program, *arguments, *wrapper, *command) for name, wrapper in wrappers.items()}
            # Some do not pass on what is sent.
            able = {name: run for name, run in runs.items() if run() is not None}
            ratios.table(f"{title} (to {base})", able, rounds, base)

        table("start and end of `true`", spawn, "dumb-init", "20", command=["true"])
        table("USR1 to the wrapper until it acts", signals, "tini -s", "deliver", "200")
        table("the same, one millisecond apart", signals, "tini -s", "apart", "200")
        table("TERM to the wrapper until it is reaped", signals, "tini -s", "end", "10")
        _memory(wrappers)
        _reaping(wrappers, orphans)


def _measured(program, *arguments):
    """In nanoseconds; None where the program fails."""
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    end_all_below()
    return int(done.stdout) if done.returncode == 0 else None


def _compiled(name, folder):
    program = f"{folder}/{name}"
    subprocess.run(["c++", "-std=c++20", "-O2", "-o", program, f"{ROOT}/scripts/bench/programs/{name}.cc"], check=True)
    return program


def _memory(wrappers):
    """In KiB. A guard, or whatever else comes beside the command, in brackets."""
    print(f"{'memory in KiB':<40} {'resident':>14} {'private':>14} {'share':>14}")
    for name, wrapper in wrappers.items():
        scene = Scene(*wrapper, *plain())
        command = scene.ready()
        time.sleep(0.2)
        beside = [pid for pid in descendants(os.getpid()) if pid not in (command, scene.pid)]
        columns = [" ".join([f"{own}", *(f"({other})" for other in others)])
                   for own, *others in zip(*(_sizes(pid) for pid in (scene.pid, *beside)))]
        print(f"{name:<40} " + " ".join(f"{column:>14}" for column in columns))
        scene.close()
        end_all_below()
    print()


def _sizes(pid):
    sizes = dict(re.findall(r"^(\w+): +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE))
    return int(sizes["Rss"]), int(sizes["Private_Clean"]) + int(sizes["Private_Dirty"]), int(sizes["Pss"])


def _reaping(wrappers, program):
    print(f"{f'{_ORPHANS} orphans as PID 1':<40} {'made in':>10} {'zombies left':>14}")
    for name, wrapper in wrappers.items():
        print(f"{name:<40} " + " ".join(f"{value:>{width}}" for value, width in zip(_reaped(wrapper, program), (10, 14))))
        end_all_below()


def _reaped(wrapper, program):
    start = time.monotonic()
    scene = Scene(*_AS_FIRST, *wrapper, program, str(_ORPHANS), stdin=subprocess.PIPE)
    if not scene.says("done", 10 * STARTING):
        return "-", "hangs"
    spent = time.monotonic() - start
    [first] = children(scene.pid)

    def zombies():
        return sum(field(pid, "State").startswith("Z") for pid in children(first))

    end = time.monotonic() + 2
    while zombies() and time.monotonic() < end:
        time.sleep(0.01)
    left = zombies()
    scene.process.stdin.close()
    try:
        scene.wait(STARTING)
    except Hang:
        return f"{spent:.1f} s", f"{left}, hangs"
    return f"{spent:.1f} s", str(left)
