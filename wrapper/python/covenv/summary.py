# SPDX-License-Identifier: MIT
"""What the terminal report says at its end."""

import os
import subprocess

from covenv import under


def covenv_summary_lines():
    """The lines of the section, none where there is nothing to say."""
    if not os.environ.get("COVENV_SESSION"):
        return []  # the library alone, without `covenv run`
    try:
        told = subprocess.run([under.program(), "report", "--format", "summary"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, check=False)
    except (under.Refused, OSError, subprocess.TimeoutExpired) as error:
        return [str(error)]
    prefix = "covenv: "
    lines = told.stdout.decode(errors="replace").splitlines()
    return [line[len(prefix):] if line.startswith(prefix) else line for line in lines]
