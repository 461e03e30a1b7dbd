# SPDX-License-Identifier: MIT
"""Starts a program without coverage's variables, and shows how the program ended. This file is measured."""

import json
import subprocess
import sys

settings, *command = sys.argv[1:]
done = subprocess.run([sys.executable, *command], env=json.loads(settings), cwd="/", input=open("program.py").read(),
                      capture_output=True, text=True)
with open("ended.json", "w") as file:
    json.dump([done.returncode, done.stdout, done.stderr], file)
