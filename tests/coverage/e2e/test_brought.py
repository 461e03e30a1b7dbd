# SPDX-License-Identifier: MIT
"""The report of `covenv run` counts what each process brought to the combine; the log holds the whole report."""

import json

import pytest

SUITE = """
    import os
    import subprocess
    import sys

    import pytest
    from helpers import start

    def run(name):
        subprocess.run([sys.executable, name], check=True)

    def test_killed():
        process = start("killed.py", env={})
        process.kill()
        process.wait()

    def test_ended():
        run("ended.py")
        run("shared.py")
        run("shared.py")

    def test_nothing():
        subprocess.run([sys.executable, "-c", "pass"], check=True)
"""
# The lines of the loop run in the killed process, and in no other.
KILLED = """
    import time

    def work():
        print("ready", flush=True)
        while True:
            time.sleep(0.01)

    work()
"""
TWO_LINES = """
    number = 1
    number += 1
"""


@pytest.fixture
def counted(small, covenv):
    """A function that runs the suite, and returns the report, and the log's lines as dicts."""

    def run(*lines, **options):
        for line in lines:
            small.configure(line)
        for name, text in (("test_it", SUITE), ("killed", KILLED), ("ended", TWO_LINES), ("shared", TWO_LINES)):
            small.write(f"{name}.py", text)
        report, log = small.folder / "session.json", small.folder / "log.json"
        words = (covenv, "run", "--report", report, "--log-json", "--log-level", "debug", "--log-file", log, "--")
        printed = small.pytest(preload=False, through=words, **options)
        return json.loads(report.read_text()), [json.loads(line) for line in log.read_text().splitlines()], printed

    return run


def brought(report, name):
    """What the processes with this last argument brought."""
    return [process["brought"] for process in report["processes"] if process["argv"][-1:] == [name]]


@pytest.mark.parametrize("lines, has_arcs", [([], False), (["branch = true"], True)])
def test_each_process_is_counted(counted, lines, has_arcs):
    report, _, printed = counted(*lines)
    [killed], [ended], shared, [nothing] = (brought(report, name) for name in ("killed.py", "ended.py", "shared.py", "pass"))
    assert (killed["files"], killed["data"]) == (1, "")
    # Line 4 prints, and 5 or 6 may not have run yet.
    assert killed["lines"] == killed["only"] and killed["lines"] >= 4
    assert (ended["files"], ended["lines"], ended["only"]) == (1, 2, 2)
    assert ".pid" in ended["data"]
    assert [(one["lines"], one["only"]) for one in shared] == [(2, 0), (2, 0)]
    assert nothing is None or nothing["lines"] == 0
    assert all((one["arcs"] > 0) == has_arcs for one in (killed, ended, *shared))
    [runner] = [process["brought"] for process in report["processes"] if process["parent"] is None]
    assert runner["lines"] > 10


def test_the_gain_is_what_no_process_has_without_covenv(counted):
    report, _, printed = counted()
    killed = brought(report, "killed.py")[0]["lines"]
    # pytest-cov 7 leaves all children to covenv.
    gains = {gain["file"].rpartition("/")[2]: (gain["before"], gain["after"]) for gain in report["gain"]["largest"]}
    assert gains == {"killed.py": (0, killed), "ended.py": (0, 2), "shared.py": (0, 2)}
    assert (report["gain"]["files"], report["gain"]["before"], report["gain"]["after"]) == (3, 0, killed + 4)
    assert f" saved; gained {killed + 4} lines of 3 files: killed.py 0 -> {killed} lines, " in printed.output


def test_children_that_coverage_measures_by_itself_are_no_gain(counted):
    report, _, _ = counted("patch = subprocess")
    assert [gain["file"].rpartition("/")[2] for gain in report["gain"]["largest"]] == ["killed.py"]


def test_the_counts_are_those_of_coverage(counted, small):
    report, _, printed = counted()
    assert printed.summary("killed.py")["covered_lines"] == brought(report, "killed.py")[0]["lines"]
    assert printed.summary("ended.py")["covered_lines"] == 2


def test_without_journals_processes_are_counted_too(counted):
    report, _, _ = counted(env={"COVENV_JOURNAL": "0"})
    [killed] = brought(report, "killed.py")
    assert killed["lines"] >= 4 and ".pid" in killed["data"]
    assert "killed.py" in {gain["file"].rpartition("/")[2] for gain in report["gain"]["largest"]}


def test_the_report_can_be_made_of_the_log_alone(counted):
    report, log, _ = counted()
    at_the_end = ("session", "gain", "process", "ended")
    objects = {event: [] for event in at_the_end}
    for line in log:
        if line["event"] in objects:
            objects[line["event"]].append({name: value for name, value in line.items() if name not in ("time", "level", "event")})
    [session], [gain], [ended] = (objects[event] for event in ("session", "gain", "ended"))
    made = {
        "session": session,
        "totals": {name: ended[name] for name in ("processes", "measured", "restored", "saved", "lost")},
        "gain": gain,
        "processes": objects["process"],
    }
    assert made == {name: value for name, value in report.items() if not name.startswith("covenv")}


def test_the_steps_in_the_log_name_tests_by_numbers(counted):
    _, log, _ = counted()
    tests = {line["number"]: line["text"][0] for line in log if line["event"] == "test"}
    [killed] = [line for line in log if line["event"] == "killed"]
    assert tests[killed["test"]] == "test_it.py::test_killed (call)"
    assert {tests[line["test"]] for line in log if line["event"] in ("exec", "spawned") and line["test"]} == {
        f"test_it.py::test_{name} (call)" for name in ("killed", "ended", "nothing")}
