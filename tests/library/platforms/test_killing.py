# SPDX-License-Identifier: MIT
"""A program starts a Python server with another environment and kills it: coverage is kept with musl as with glibc."""

import json
import subprocess

import pytest

from user_project import python_of

SERVER = """
import sys, time

def work():
    return sys.stdout

# On the last line that runs: the kill comes as soon as it is ready.
work().write("ready"), sys.stdout.flush(), time.sleep(600)
"""
CONFIGURATION = "[run]\nparallel = true\ndata_file = {folder}/.coverage\nsource = {folder}\n"


@pytest.mark.parametrize("journal", ["1", "0"], ids=["journal", "asked"])
@pytest.mark.parametrize("name", ["glibc", "musl"])
def test_killed_server_is_measured(probe, libcovenv, tmp_path, name, journal):
    python = python_of("pytest-cov-7")
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "rc").write_text(CONFIGURATION.format(folder=tmp_path))
    environment = {
        "PATH": "/usr/bin:/bin",
        "LD_PRELOAD": str(libcovenv),
        "COVERAGE_PROCESS_START": str(tmp_path / "rc"),
        "COVENV_GRACE": "60s",
        "COVENV_JOURNAL": journal,
    }
    done = subprocess.run(
        [probe(name), "--kill", python, tmp_path / "server.py"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "kill 0 0\nreaped 1 0\nstatus 9 0\n")
    coverage = [python, "-m", "coverage"]
    preloaded = {"PATH": "/usr/bin:/bin", "LD_PRELOAD": str(libcovenv)}
    subprocess.run([*coverage, "combine", "--rcfile=rc"], cwd=tmp_path, env=preloaded if journal == "1" else None, check=True,
                   capture_output=True, timeout=60)
    subprocess.run([*coverage, "json", "--rcfile=rc", "-o", "report.json"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["files"]["server.py"]["summary"]["percent_covered"] == 100
