# SPDX-License-Identifier: MIT
"""As PID 1, and at rest."""

import os
import signal
import time

from .commands import family, orphans, plain
from .probe import probe, yes
from .scene import STARTING, Scene, children, descendants, field, status
from .wrappers import GRACE

_NEW_NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
_REST = 2  # seconds, as one that polls does so each second


def _as_first(wrapper, command):
    return Scene(*_NEW_NAMESPACE, *wrapper.prefix(GRACE), *command)


@probe("as PID 1: zombies that 100 orphans leave")
def orphans_reaped(wrapper, settings):
    scene = _as_first(wrapper, orphans(100, settings.patience))
    scene.ready()
    return scene.line(STARTING) or "no answer"


@probe("as PID 1: the exit code when the command is ended by USR1")
def status_as_first(wrapper, _settings):
    scene = _as_first(wrapper, plain())
    scene.ready()
    [unshare] = children(os.getpid())
    [first] = children(unshare)
    for command in children(first):
        os.kill(command, signal.SIGUSR1)
    return status(scene.wait(STARTING))


@probe("as PID 1: the command exits, what it left in another session gets TERM")
def leftover_as_first(wrapper, settings):
    scene = _as_first(wrapper, family("session", "act", "now"))
    scene.ready()
    return yes(scene.says("TERM", settings.patience))


@probe(f"wake-ups in {_REST} s at rest")
def at_rest(wrapper, _settings):
    scene = Scene(*wrapper.prefix(GRACE), *plain())
    command = scene.ready()
    own = [pid for pid in descendants(os.getpid()) if pid != command]
    time.sleep(0.5)

    def wake_ups():
        return sum(int(field(pid, "voluntary_ctxt_switches")) for pid in own)

    before = wake_ups()
    time.sleep(_REST)
    return str(wake_ups() - before)
