# SPDX-License-Identifier: MIT
"""scripts/rooms passes the includes of shim/ as they are, and finds each break of the table in made-up trees."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

TABLE = """
<!-- rooms -->
| room | may use | what it holds |
| --- | --- | --- |
| `cellar` | | |
| `hall` | cellar | |
| `roof` | hall, shed/tools | |
<!-- /rooms -->
"""


def check(*folders):
    command = [sys.executable, ROOT / "scripts" / "rooms", *folders]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture
def house(tmp_path):
    (tmp_path / "shed" / "tools").mkdir(parents=True)
    folder = tmp_path / "house"
    for room, text in {
        "cellar": "#include <vector>\n",
        "hall": '#include "house/cellar/it.h"\n',
        "roof": '#include "house/hall/it.h"\n#include "shed/tools/saw.h"\n',
    }.items():
        (folder / room).mkdir(parents=True)
        (folder / room / "it.h").write_text(text)
    (folder / "README.md").write_text(TABLE)
    return folder


def test_this_house_keeps_its_table():
    assert check() == (0, "")


def test_a_house_that_keeps_its_table(house):
    (house / "door.cc").write_text('#include "house/roof/it.h"\n#include "house/cellar/it.h"\n')
    assert check(house) == (0, "")


@pytest.mark.parametrize("file, include, told", [
    ("roof/new.cc", "house/cellar/it.h", "house/roof/new.cc: roof may not use house/cellar/it.h"),
    ("cellar/new.h", "house/hall/it.h", "house/cellar/new.h: cellar may not use house/hall/it.h"),
    ("cellar/new.h", "shed/tools/saw.h", "house/cellar/new.h: cellar may not use shed/tools/saw.h"),
    ("attic/new.cc", "house/hall/it.h", "house/attic/new.cc: attic has no row in house/README.md"),
    ("hall/new.cc", "it.h", 'house/hall/new.cc: "it.h" does not start at the repository\'s root'),
])
def test_a_file_that_breaks_the_table(house, file, include, told):
    (house / file).parent.mkdir(exist_ok=True)
    (house / file).write_text(f'#include "{include}"\n')
    assert check(house) == (1, told + "\n")


def test_a_header_that_is_generated_needs_no_path(house):
    (house / "hall" / "made.h.in").write_text("")
    (house / "hall" / "new.cc").write_text('#include "made.h"\n')
    assert check(house) == (0, "")


@pytest.mark.parametrize("before, after, told", [
    ("| `cellar` | |", "| `cellar` | roof |", "house/README.md: cellar is to use roof, which is no room above it in the table"),
    ("| `hall` | cellar |", "| `hall` | |", "house/hall/it.h: hall may not use house/cellar/it.h"),
    ("hall, shed/tools", "cellar, hall, shed/tools", "house/README.md: roof does not use cellar"),
])
def test_a_table_that_does_not_fit_the_house(house, before, after, told):
    (house / "README.md").write_text(TABLE.replace(before, after))
    status, text = check(house)
    assert status == 1
    assert told in text.splitlines()


def test_a_house_without_a_table(house):
    (house / "README.md").write_text("")
    status, text = check(house)
    assert status == 1
    assert "no table of rooms" in text
