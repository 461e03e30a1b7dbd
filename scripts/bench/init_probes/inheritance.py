# SPDX-License-Identifier: MIT
"""What the command is given of masks and dispositions, compared with what it has without a wrapper."""

import signal

from .probe import probe, yes
from .scene import STARTING, Hang, Scene
from .wrappers import GRACE


def _inheriting(command, ignored=(), blocked=()):
    def before_exec():
        for signo in ignored:
            signal.signal(signo, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    return Scene(*command, preexec_fn=before_exec, restore_signals=False)


def _same(wrapper, line, **inherited):
    look = ["grep", f"^{line}:", "/proc/self/status"]
    bare, wrapped = (_inheriting(command, **inherited).line(STARTING) for command in (look, [*wrapper.prefix(GRACE), *look]))
    if bare is None or wrapped is None:
        raise Hang("it says nothing")
    return bare == wrapped


@probe("ignored signals stay ignored, and no others are", needs_process=False)
def ignored_signals(wrapper, _settings):
    return yes(
        all(_same(wrapper, "SigIgn", ignored=ignored) for ignored in ((), (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)))
    )


@probe("blocked signals stay blocked, and no others are", needs_process=False)
def blocked_signals(wrapper, _settings):
    some = (signal.SIGTERM, signal.SIGUSR2, signal.SIGRTMIN + 3)
    return yes(all(_same(wrapper, "SigBlk", blocked=blocked) for blocked in ((), some)))


@probe("started with CHLD ignored: the exit code comes back", needs_process=False)
def ignored_child_signal(wrapper, settings):
    scene = _inheriting([*wrapper.prefix(GRACE), "sh", "-c", "exit 5"], ignored=[signal.SIGCHLD])
    code = scene.wait(STARTING if settings.patience > 5 else 5)
    return yes(code == 5)
