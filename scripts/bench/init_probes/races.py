# SPDX-License-Identifier: MIT
"""A signal in the wrapper's first milliseconds."""

import signal
import time

from .probe import probe
from .scene import Hang, Scene, end_all_below
from .wrappers import GRACE

_YOUNG = 0.003  # seconds
_AT_ONCE = 100  # children that are left alone until all of them are looked at


def _hit_young(wrapper, grace, signo, number, rounds):
    scene = Scene(*wrapper.prefix(grace), "sleep", "60")
    time.sleep(_YOUNG * number / rounds)
    scene.process.send_signal(signo)
    return scene


@probe("TERM in its first 3 ms: lost, and commands left running")
def early_term(wrapper, settings):
    lost = left = 0
    for number in range(settings.rounds):
        scene = _hit_young(wrapper, 60, signal.SIGTERM, number, settings.rounds)
        try:
            scene.wait(settings.patience)
            left += not scene.gone(settings.patience)
        except Hang:
            lost += 1
        scene.close()
        end_all_below()
    return f"{lost}, {left} of {settings.rounds}"


@probe("SIGKILL in its first 3 ms: commands left a second after the grace")
def early_kill(wrapper, settings):
    left = 0
    for first in range(0, settings.rounds, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, settings.rounds))
        scenes = [_hit_young(wrapper, GRACE, signal.SIGKILL, number, settings.rounds) for number in numbers]
        end = time.monotonic() + GRACE + max(1, settings.patience)
        for scene in scenes:
            left += not scene.gone(end - time.monotonic())
            scene.close()
        end_all_below()
    return f"{left} of {settings.rounds}"
