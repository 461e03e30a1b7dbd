# SPDX-License-Identifier: MIT
"""each.py DEADLINE NAME=COMMAND...: runs programs, each of which is a test, one after another.

A program may take DEADLINE seconds. Its output goes through, and is followed by a line "@@ NAME: VERDICT". Each program
has a session and a terminal of its own, as if a user had typed its command.
"""

import contextlib
import fcntl
import os
import shlex
import signal
import subprocess
import sys
import termios
import threading

SKIPPED = 77
IGNORED_IN_BACKGROUND = (signal.SIGINT, signal.SIGQUIT)


def verdict(command, deadline):
    """Runs a command (words) for `deadline` seconds at most: "passed", "skipped", "failed (STATUS)" or "no end"."""
    controller, terminal = os.openpty()
    threading.Thread(target=drain, args=[controller], daemon=True).start()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY),
    )
    try:
        status = process.wait(timeout=deadline)
    except subprocess.TimeoutExpired:
        return "no end"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # The terminal is closed after the end, because a terminal that no process has open is hung up.
        os.close(terminal)
    return {0: "passed", SKIPPED: "skipped"}.get(status, f"failed ({status})")


def drain(controller):
    """Reads and drops what is written to a terminal, until no process has the terminal open."""
    with contextlib.suppress(OSError):
        while os.read(controller, 4096):
            pass
    os.close(controller)


for number in IGNORED_IN_BACKGROUND:
    signal.signal(number, signal.SIG_DFL)
for test in sys.argv[2:]:
    name, _, command = test.partition("=")
    print(f"\n@@ {name}: {verdict(shlex.split(command), float(sys.argv[1]))}", flush=True)
