# SPDX-License-Identifier: MIT
"""What the tests of all languages use: tools that run without the library, and counts that are added up."""

import os
import shutil
import subprocess


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


def add(total, counts):
    for place, count in counts:
        total[place] = total.get(place, 0) + count
    return total
