# SPDX-License-Identifier: MIT
"""What the terminal report says at its end."""

import os
import subprocess

from covenv import under


def covenv_summary_lines():
    """The lines of the section, which `covenv run` then omits; [] if nothing is measured, None if that is unknown."""
    if not os.environ.get("COVENV_SESSION"):
        return None  # the library alone, or no shared memory
    try:
        told = subprocess.run([under.program(), "report", "--format", "summary", "--final"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, check=False)
    except (under.Refused, OSError, subprocess.SubprocessError) as error:
        return [str(error)]
    prefix = "covenv: "
    lines = told.stdout.decode(errors="replace").splitlines()
    return [line[len(prefix):] if line.startswith(prefix) else line for line in lines]
