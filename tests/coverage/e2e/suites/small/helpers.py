# SPDX-License-Identifier: MIT
"""What the small suites share, as a user's own helpers would be."""

import subprocess
import sys

READY = b"ready\n"


def start(program, *arguments, env={}, **options):
    """Starts a Python program and returns once it has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, program, *arguments],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **options,
    )
    assert process.stdout.readline() == READY
    return process
