# SPDX-License-Identifier: MIT
"""A suite runs in three parts, as on three machines: the three reports become one, and the data files are combined."""

import json
import os
import subprocess

import pytest

SHARDS = (1, 2, 3)
SERVER = """
    import os

    def work():
        return 1

    work()
    print("ready", flush=True)
    os.read(0, 1)
"""
SUITE = """
    import subprocess, sys

    def test_it():
        process = subprocess.Popen([sys.executable, "server_{0}.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={{}})
        assert process.stdout.readline()
        process.kill()
        assert process.wait() == -9
"""


@pytest.fixture
def shards(small, covenv):
    """The paths of the reports of three runs, each of which has a data file of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    reports = []
    for shard in SHARDS:
        small.write(f"server_{shard}.py", SERVER)
        small.write(f"test_{shard}.py", SUITE.format(shard))
        reports.append(small.folder / f"shard-{shard}.json")
        command = [covenv, "run", "--report", reports[-1], "--", small.python, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                   small.measure, "--cov-report=", f"test_{shard}.py"]
        data = {"COVERAGE_FILE": str(small.folder / f".coverage.shard-{shard}")}
        done = subprocess.run(command, cwd=small.folder, env=kept | data, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return reports


def test_reports_and_data_come_together(shards, small, covenv):
    command = [covenv, "report", "--merge", *shards, "--format", "json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert [shard["name"] for shard in told["shards"]] == ["shard-1", "shard-2", "shard-3"]
    for index, shard in enumerate(SHARDS):
        [server] = [one for one in told["processes"] if f"server_{shard}.py" in one["argv"]]
        assert server["shard"] == index
        assert server["saves"][0]["ok"] and server["end"] == {"how": "signal", "signal": 9} and not server["loss"]
    assert told["totals"]["saved"] == 3 and told["totals"]["lost"] == 0

    def coverage(*arguments):
        subprocess.run([small.python, "-m", "coverage", *arguments], cwd=small.folder, check=True, timeout=60)

    coverage("combine")
    coverage("json", "-o", "combined.json")
    files = json.loads((small.folder / "combined.json").read_text())["files"]
    assert {f"server_{shard}.py" for shard in SHARDS} <= set(files)
    assert all(files[f"server_{shard}.py"]["functions"]["work"]["executed_lines"] for shard in SHARDS)
