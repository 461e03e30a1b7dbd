# SPDX-License-Identifier: MIT
"""A thread is inside a second interpreter for good, the main one waits for it."""

import os
import threading

from interpreters import create, run
from situation import ready


def prepare():
    other = create()
    begun, tell = os.pipe()
    code = "import os, time; os.write(%d, b'x')\nwhile True: time.sleep(0.001)" % tell
    thread = threading.Thread(target=run, args=(other, code))
    thread.start()
    os.read(begun, 1)
    return thread


thread = prepare()
ready()
thread.join()
