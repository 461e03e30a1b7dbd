# SPDX-License-Identifier: MIT
"""A program that starts children by vfork() and posix_spawn() all the time."""

import os
import subprocess

from situation import ready


def spawn():
    subprocess.run(["/bin/true"], check=True)
    os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)


def prepare():
    spawn()


prepare()
ready()
while True:
    spawn()
