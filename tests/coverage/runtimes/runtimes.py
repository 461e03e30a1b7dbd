# SPDX-License-Identifier: MIT
"""Ways to build a server for a runtime: where its counts go, and how they are read."""

import os
import shutil
import subprocess
from dataclasses import dataclass


def run(*command, cwd=None, **variables):
    assert shutil.which(str(command[0])), f"{command[0]} is missing: scripts/test installs it"
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("LD_PRELOAD")}, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass
class Runtime:
    """One way to build the server.

    build(folder): makes the program, and returns its path. variables(folder): what tells the runtime to write below the
    folder. counts(folder, program): {place in the measured file: how often it ran}, summed over all that is there; {}
    if there is nothing. ends: those of its own that the server knows. lives_on: signals that do not end it. lost: ends
    for which nothing is kept. is_talkative: it writes to stderr when a signal ends it.
    """

    build: object
    variables: object
    counts: object
    ends: tuple
    lives_on: tuple = ()
    lost: tuple = ()
    is_talkative: bool = False


def add(total, counts):
    for place, count in counts:
        total[place] = total.get(place, 0) + count
    return total
