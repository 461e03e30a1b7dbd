# SPDX-License-Identifier: MIT
"""Runs signal_probe; case -> what it saw. Two runs are compared as they are: nothing may differ."""

import json
import subprocess
import tempfile

from exec_runs import DEADLINE, RUNNER

# An unwanted wait for a grace shows as a case past its own deadline (20 s).
PATIENT = {"COVENV_GRACE": "60s"}


def run_signals(programs, cases=(), *, preload=None, extra=None):
    environment = {**RUNNER, **PATIENT, **(extra or {})}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    # A file, not a pipe: what a failing case leaves behind would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [programs / "signal_probe", *cases], env=environment, stdout=output, stderr=subprocess.STDOUT, timeout=DEADLINE,
            stdin=subprocess.DEVNULL,
        )
        output.seek(0)
        printed = output.read()
    assert done.returncode == 0, printed
    results = [json.loads(line) for line in printed.splitlines()]
    return {result["case"]: result for result in results}
