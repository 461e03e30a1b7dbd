# SPDX-License-Identifier: MIT
"""The parent of the programs: a Python that gives its child an environment of its own, as a fixture would.

The one argument is JSON: `command`, `environment` (null inherits), `circumstance` (of circumstances.py, or null) and
`status`, the file into which the child's exit status is written, or the error of its start.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import circumstances

task = json.loads(sys.argv[1])
arrange = circumstances.named(task["circumstance"])
try:
    process = subprocess.Popen(task["command"], env=task["environment"], preexec_fn=arrange, close_fds=False)
    outcome = process.wait()
except (OSError, subprocess.SubprocessError) as error:
    outcome = f"{type(error).__name__} {getattr(error, 'errno', None)}"
with open(task["status"], "w") as file:
    file.write(str(outcome))
