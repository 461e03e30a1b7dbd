# SPDX-License-Identifier: MIT
"""Runs one probe with one wrapper, in a process of its own: whatever it leaves is ended, whatever hangs is a result."""

import os
import signal
import traceback

from . import kills, endings, races, inheritance, terminal, first  # noqa: F401, I001  in the order of the rows
from .probe import NOT_APPLICABLE, PROBES  # noqa: F401
from .scene import Hang, adopt_orphans, end_all_below

_LONGEST = 120  # seconds, beside the rounds


class ProbeFailed(Exception):
    """A fault of the probe, not of the wrapper."""


def cell(probe, wrapper, settings):
    if not probe.applies_to(wrapper):
        return NOT_APPLICABLE
    read_end, write_end = os.pipe()
    worker = os.fork()
    if worker == 0:
        status = 1
        try:
            os.close(read_end)
            text, status = _in_worker(probe, wrapper, settings)
            os.write(write_end, text.encode())
        finally:
            os._exit(status)
    os.close(write_end)
    with open(read_end) as result:
        text = result.read()
    _, status = os.waitpid(worker, 0)
    if status:
        raise ProbeFailed(f"{probe.title}, {wrapper.title}: {text}")
    return text


def _in_worker(probe, wrapper, settings):
    os.setpgid(0, 0)
    adopt_orphans()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_LONGEST + settings.rounds)
    try:
        text, code = probe.run(wrapper, settings), 0
    except Hang:
        text, code = "hangs", 0
    except BaseException:
        text, code = traceback.format_exc(), 1
    signal.alarm(0)
    end_all_below()
    return text, code


def _give_up(*_):
    raise Hang("its time is over")
