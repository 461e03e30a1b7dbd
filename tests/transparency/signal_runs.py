# SPDX-License-Identifier: MIT
"""Runs signal_probe; case -> what it saw. Two runs are compared as they are: nothing may differ."""

import json
import subprocess

from exec_runs import DEADLINE, RUNNER

# A wait for a grace period that nobody asked for shows as a case past its own deadline (20 s).
PATIENT = {"COVENV_GRACE": "60s"}


def run_signals(programs, cases=(), *, preload=None, extra=None):
    environment = {**RUNNER, **PATIENT, **(extra or {})}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    done = subprocess.run(
        [programs / "signal_probe", *cases], env=environment, capture_output=True, timeout=DEADLINE, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stderr) == (0, b"")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["case"]: result for result in results}
