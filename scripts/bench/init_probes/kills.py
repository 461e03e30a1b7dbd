# SPDX-License-Identifier: MIT
"""The wrapper is killed, or terminated."""

import os
import signal
import subprocess
import time

from .commands import counter, family, parent_of, plain, reporter
from .probe import probe, yes
from .scene import Scene, field, signal_name, status, stop
from .wrappers import GRACE

_CLOCK = 0.95  # of a grace: no two clocks agree to the last tick


def _ignored(wrapper, end, settings):
    """Whether a command that ignores TERM is killed after the grace, when its wrapper is ended so."""
    scene = Scene(*wrapper.prefix(GRACE), *plain(signal.SIGTERM))
    scene.ready()
    start = time.monotonic()
    end(scene.process)
    if not scene.gone(GRACE + settings.patience):
        return "no"
    return "yes" if time.monotonic() - start >= GRACE * _CLOCK else "at once"


@probe("SIGKILL to the wrapper: the command gets TERM")
def killed(wrapper, settings):
    scene = Scene(*wrapper.prefix(GRACE), *reporter(signal.SIGTERM))
    scene.ready()
    scene.process.kill()
    return yes(scene.says("15", settings.patience))


@probe("SIGKILL to the wrapper: KILL after the grace for a command that ignores TERM")
def killed_ignored(wrapper, settings):
    return _ignored(wrapper, subprocess.Popen.kill, settings)


@probe("SIGKILL to the wrapper: a grandchild with a session of its own gets TERM")
def killed_grandchild(wrapper, settings):
    scene = Scene(*wrapper.prefix(GRACE), *family("session", "act", "at TERM"))
    scene.ready()
    scene.process.kill()
    return yes(scene.says("TERM", settings.patience))


@probe("SIGKILL to the wrapper's parent: the command gets TERM (with the option for it)", needs_process=False)
def parent_killed(wrapper, settings):
    scene = Scene(*parent_of([*wrapper.bound_to_parent(), *reporter(signal.SIGTERM)]))
    scene.ready()
    scene.process.kill()
    return yes(scene.says("15", settings.patience))


@probe("TERM, which the command ignores: KILL after the grace")
def term_ignored(wrapper, settings):
    return _ignored(wrapper, subprocess.Popen.terminate, settings)


@probe("TERM again and again does not put that KILL off")
def term_repeated(wrapper, settings):
    scene = Scene(*wrapper.prefix(GRACE), *plain(signal.SIGTERM))
    scene.ready()
    end = time.monotonic() + 2 * GRACE + settings.patience
    while not scene.gone(GRACE / 4):
        if time.monotonic() > end:
            return "no"
        scene.process.terminate()
    return "yes"


@probe("TERM: a grandchild in the command's process group gets it")
def grandchild_in_group(wrapper, settings):
    return _grandchild(wrapper, "group", settings)


@probe("TERM: a grandchild with a session of its own gets it")
def grandchild_in_session(wrapper, settings):
    return _grandchild(wrapper, "session", settings)


def _grandchild(wrapper, place, settings):
    scene = Scene(*wrapper.prefix(GRACE), *family(place, "act", "at TERM"))
    scene.ready()
    scene.process.terminate()
    return yes(scene.says("TERM", settings.patience))


@probe("TERM: a stopped command acts on it")
def stopped(wrapper, settings):
    scene = Scene(*wrapper.prefix(60), *plain())
    command = scene.ready()
    stop(command)
    scene.process.terminate()
    return yes(scene.gone(settings.patience))


@probe("which signals do not reach the command")
def every_signal(wrapper, settings):
    # CHLD is the wrapper's own, and the terminal's have rows of theirs.
    exempt = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGCONT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
    ending = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
    real_time = {signal.SIGRTMIN, signal.SIGRTMIN + 3, signal.SIGRTMAX}
    tried = sorted(set(signal.Signals) - exempt - ending - real_time) + sorted(real_time) + sorted(ending)
    missed = []
    scene = None
    for signo in map(int, tried):
        if scene is None or scene.process.poll() is not None:
            scene = Scene(*wrapper.prefix(60), *reporter(*tried))
            scene.ready()
        os.kill(scene.pid, signo)
        if not scene.says(str(signo), settings.patience):
            missed.append(signal_name(signo))
            scene.process.kill()
            scene.process.wait()
    if len(missed) > len(tried) / 2:
        return "all but " + ", ".join(signal_name(signo) for signo in tried if signal_name(signo) not in missed)
    return ", ".join(missed) or "none"


@probe("a wrapper below a wrapper, TERM to the outer one: it arrives once, and the exit code comes back")
def nested(wrapper, settings):
    scene, _ = _nested(wrapper)
    scene.process.terminate()
    times = scene.line(settings.patience)
    code = scene.wait(settings.patience)
    return yes(times == "1") if code == 7 else f"status {status(code)}"


@probe("a wrapper below a wrapper, SIGKILL to the outer one: TERM arrives once")
def nested_killed(wrapper, settings):
    scene, _ = _nested(wrapper)
    scene.process.kill()
    return yes(scene.line(settings.patience) == "1")


@probe("a wrapper below a wrapper, SIGKILL to the inner one: TERM arrives once")
def nested_inner_killed(wrapper, settings):
    scene, command = _nested(wrapper)
    os.kill(int(field(command, "PPid")), signal.SIGKILL)
    return yes(scene.line(settings.patience) == "1")


def _nested(wrapper):
    scene = Scene(*wrapper.prefix(10), *wrapper.prefix(10), *counter())
    return scene, scene.ready()
