# SPDX-License-Identifier: MIT
"""One test for each cell of cells.json: a program of the cell's own, with one way to start and one to end."""

import json
import shutil
import signal
from pathlib import Path

import pytest
from ends import ENDS
from meeting import Meeting
from starts import STARTS

HERE = Path(__file__).parent
DEADLINE = 60


@pytest.fixture(autouse=True)
def deadline():
    def give_up(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(DEADLINE)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("cell", json.loads((HERE / "cells.json").read_text()), ids="-".join)
def test_cell(cell):
    start, end = cell
    program = HERE / f"{start}_{end}.py"
    shutil.copy(HERE / "program.py", program)
    with Meeting() as meeting:
        status = STARTS[start](program, meeting.port, lambda: ENDS[end](meeting))
    with open(HERE / "statuses.jsonl", "a") as statuses:
        print(json.dumps([cell, status]), file=statuses)
