# SPDX-License-Identifier: MIT
"""A second interpreter exists; the first one works."""

from interpreters import create, run
from situation import ready


def prepare():
    other = create()
    run(other, "import os; os.getpid()")
    return other


other = prepare()
ready()
count = 0
while True:
    count += 1
