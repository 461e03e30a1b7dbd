# SPDX-License-Identifier: MIT
"""The command ends, or never starts."""

import os
import signal
import tempfile
import time
from pathlib import Path

from .commands import family, plain
from .probe import probe, yes
from .scene import STARTING, Scene, status
from .wrappers import GRACE


@probe("the command exits: what is left of its process group gets TERM")
def leftover_in_group(wrapper, settings):
    return _leftover(wrapper, "group", settings)


@probe("the command exits: what it left in another session gets TERM")
def leftover_in_session(wrapper, settings):
    return _leftover(wrapper, "session", settings)


@probe("the command exits: a double-forked daemon that it left gets TERM")
def leftover_daemon(wrapper, settings):
    return _leftover(wrapper, "daemon", settings)


def _leftover(wrapper, place, settings):
    scene = Scene(*wrapper.prefix(60), *family(place, "act", "now"))
    scene.ready()
    return yes(scene.says("TERM", settings.patience) and scene.wait(settings.patience) == 3)


@probe("the command exits: what it left and ignores TERM is killed after the grace, and the exit code is the command's")
def leftover_ignores(wrapper, settings):
    scene = Scene(*wrapper.prefix(GRACE), *family("group", "ignore", "now"))
    scene.ready()
    start = time.monotonic()
    code = scene.wait(GRACE + settings.patience)
    killed_at = time.monotonic() if scene.gone(settings.patience) else None
    return yes(code == 3 and killed_at is not None and killed_at - start >= GRACE * 0.95)


@probe("the command is ended by USR1: what the wrapper's parent sees", needs_process=False)
def ended_by_signal(wrapper, _settings):
    scene = Scene(*wrapper.prefix(GRACE), *plain())
    os.kill(scene.ready(), signal.SIGUSR1)
    return status(scene.wait(STARTING))


@probe("exit codes for a command that is not found, not executable", needs_process=False)
def cannot_start(wrapper, _settings):
    with tempfile.TemporaryDirectory() as folder:
        plain_file = Path(folder, "file")
        plain_file.touch(0o644)
        scenes = [Scene(*wrapper.prefix(GRACE), command) for command in (f"{folder}/none", str(plain_file))]
        return "/".join(status(scene.wait(STARTING)) for scene in scenes)
