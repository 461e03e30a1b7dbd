# SPDX-License-Identifier: MIT
"""PyPy, in which no saver can be armed: a killed one that measures is ended in order before, and no other one (--full)."""

import json
import os
import subprocess
import sys

import pytest
from newer_root import INSIDE

PROGRAM = """
import sys
def work():
    return 1
if len(sys.argv) > 1:
    never = 1
work()
print("ready", flush=True)
sys.stdin.readline()
"""
RAN = [2, 3, 4, 5, 7, 8]
KILLER = """
import subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
assert server.stdout.readline() == b"ready\\n"
server.kill()
print(server.wait(), server.stdout.read())
"""
PYPY = [*INSIDE, "/opt/pypy/bin/pypy3"]


def killed(folder, prefix, is_measured, settings):
    """What the killer prints, the lines that are kept, and the losses that the report tells."""
    folder.mkdir()
    program, rc, report = folder / "app.py", folder / "rc", folder / "report.json"
    program.write_text(PROGRAM)
    rc.write_text(f"[run]\nparallel = true\ndata_file = {folder}/.coverage\n{settings}\n")
    command = [*PYPY, "-m", "coverage", "run", f"--rcfile={rc}", program] if is_measured else [*PYPY, program]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    told = {"COVERAGE_PROCESS_START": str(rc)} if is_measured else {}
    done = subprocess.run(
        [*(word.format(report=report) for word in map(str, prefix)), sys.executable, "-c", KILLER, *map(str, command)],
        cwd=folder, env={**kept, **told, "COVENV_GRACE": "20s"}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=True,
    )
    lines = set()
    for data in folder.glob(".coverage.*"):
        show = f"import coverage; d = coverage.CoverageData({str(data)!r}); d.read(); print(d.lines({str(program)!r}) or [])"
        lines |= set(json.loads(subprocess.run([*PYPY, "-c", show], capture_output=True, check=True).stdout))
    losses = [each["loss"] for each in json.loads(report.read_text())["processes"] if each["loss"]] if prefix else []
    return done.stdout, sorted(lines - {9}), losses  # it may be killed before line 9


@pytest.mark.parametrize("settings", ["", "sigterm = true"])
def test_killed_while_it_measures(settings, tmp_path, covenv):
    bare = killed(tmp_path / "bare", [], True, settings)
    assert bare == ("-9 b''\n", [], [])
    kept = killed(tmp_path / "kept", [covenv, "run", "--report", "{report}", "--"], True, settings)
    assert kept == ("-9 b''\n", RAN, [])


def test_killed_while_it_measures_nothing(tmp_path, covenv):
    told = killed(tmp_path / "told", [covenv, "run", "--report", "{report}", "--"], False, "")
    assert told == ("-9 b''\n", [], [])
