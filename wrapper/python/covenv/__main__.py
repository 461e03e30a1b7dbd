# SPDX-License-Identifier: MIT
"""`python -m covenv` is the program covenv, with PATH or without."""

import os
import sys

from covenv import under

try:
    if under.why_never():
        raise under.Refused(under.why_never())
    command = [under.program(), *sys.argv[1:]]
except under.Refused as error:
    print(f"covenv: {error}", file=sys.stderr)
    sys.exit(125)
os.execv(command[0], command)
