# SPDX-License-Identifier: MIT
"""Runs signal_probe. The results of two runs are compared as they are, because nothing may differ."""

import json
import subprocess
import tempfile

from exec_runs import DEADLINE, RUNNER

# The grace is longer than the deadline of a case (20 s), so a wait that should not be exceeds the deadline.
PATIENT = {"COVENV_GRACE": "60s"}


def run_signals(programs, cases=(), *, preload=None, extra=None):
    """One run of signal_probe on these cases (all if none is given): case -> the object that it prints."""
    environment = {**RUNNER, **PATIENT, **(extra or {})}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    # The output goes to a file, because processes that a failing case leaves behind would keep a pipe open.
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
