# SPDX-License-Identifier: MIT
"""The main thread is inside a second interpreter for good."""

from interpreters import create, run
from situation import PIPE


def prepare():
    return create()


other = prepare()
run(other, "import os; os.write(%d, b'ready %%d\\n' %% os.getpid())\nwhile True: pass" % PIPE)
