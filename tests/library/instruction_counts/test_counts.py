# SPDX-License-Identifier: MIT
"""The library's instructions at a start, an exec and a merge are as many as expected.json says, within 2 %."""

from pathlib import Path

import pytest
from counts import EXPECTED, NAMES, TOLERANCE, count, expected


@pytest.mark.parametrize("name", NAMES)
def test_count(name, request):
    build = Path(request.config.getoption("--build-dir")).resolve()
    counted, known = count(name, build), expected()[name]
    renew = f"if it has to be, tests/library/instruction_counts/counts.py writes {EXPECTED.name} anew"
    assert counted <= known * (1 + TOLERANCE), f"{counted - known} instructions more: {renew}"
    assert counted >= known * (1 - TOLERANCE), f"{known - counted} instructions less: tests/library/instruction_counts/counts.py keeps it so"
