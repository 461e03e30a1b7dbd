# SPDX-License-Identifier: MIT
"""The report of `covenv run` counts what each process brought to the combine; the log holds the whole report."""

import json

import pytest
from user_project import python_of

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
    assert f" saved; gained {killed + 4} lines of 3 files: killed.py 0 -> " in printed.output


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


# What is no gain

HALVES = """
    def work(half):
        if half == 1:
            return 10
        return 20
"""
HALF = """
    from halves import work

    def test_half():
        assert work({0}) == {0}0
"""


@pytest.fixture
def told(project, covenv):
    """A function that runs a command of the Python with pytest-xdist below `covenv run`: the report, and the output."""
    project.python = python_of("programs")
    project.configure("omit = */site-packages/*")
    project.write("halves.py", HALVES)

    def run(*words):
        report = project.folder / "session.json"
        output = project.run(covenv, "run", "--report", report, "--", *words, preload=False)
        return json.loads(report.read_text()), output

    run.project = project
    run.pytest = lambda *words: run(project.python, "-m", "pytest", "-p", "no:cacheprovider", "--cov=.", *words)
    return run


def gains(report):
    return {gain["file"].rpartition("/")[2]: (gain["before"], gain["after"]) for gain in (report["gain"] or {"largest": []})["largest"]}


def write_two_tests(project):
    for half in (1, 2):
        project.write(f"test_{half}.py", HALF.format(half))


def test_healthy_workers_of_xdist_are_no_gain(told):
    write_two_tests(told.project)
    report, output = told.pytest("-n", "2")
    assert report["gain"] is None and "measured nothing of source" not in output
    assert sum(process["brought"]["lines"] > 0 for process in report["processes"] if process["worker"]) == 2


def test_a_killed_child_of_a_worker_is_a_gain(told):
    write_two_tests(told.project)
    told.project.use("small")
    told.project.write("killed.py", KILLED)
    told.project.write("test_killed.py", SUITE.partition("def test_ended")[0])
    report, _ = told.pytest("-n", "2")
    assert list(gains(report)) == ["killed.py"]


def test_children_whose_own_coverage_saves_are_no_gain(told):
    told.project.write("pool.py", """
        import multiprocessing
        from halves import work

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(2) as pool:
                assert pool.map(work, [1, 2]) == [10, 20]
                pool.close()
                pool.join()
    """)
    told.project.write("rc", "[run]\nconcurrency = multiprocessing\nparallel = true\n")
    python = told.project.python
    report, _ = told("sh", "-c", f"{python} -m coverage run --rcfile=rc pool.py && {python} -m coverage combine")
    assert report["gain"] is None
    assert sum(bool(process["brought"] and process["brought"]["lines"]) for process in report["processes"]) >= 2


def test_a_file_that_two_combines_have_gained_counts_once(told):
    told.project.write("child.py", TWO_LINES)
    told.project.write("test_it.py", "import subprocess, sys\ndef test(): subprocess.run([sys.executable, 'child.py'], check=True)\n")
    run = f"{told.project.python} -m pytest -q -p no:cacheprovider --cov=."
    report, _ = told("sh", "-c", f"{run} && {run}")
    assert gains(report) == {"child.py": (0, 2)}
    assert (report["gain"]["files"], report["gain"]["before"], report["gain"]["after"]) == (1, 0, 2)
    # The lines are in the file to which the next run adds.
    report, _ = told("sh", "-c", f"{run} --cov-append")
    assert report["gain"] is None
    python = told.project.python
    report, _ = told("sh", "-c", f"{python} -m coverage run -p test_it.py && {python} -m coverage combine -a")
    assert report["gain"] is None


# What the count costs, and what it leaves alone

MAKE = """
    import socket, sqlite3, sys
    import coverage

    data = coverage.CoverageData(basename=".coverage." + socket.gethostname() + ".pid900001.Xabcdefx")
    data.add_{values}
    data.write()
    data.close()
    made = data.data_filename()
    connection = sqlite3.connect(made)
    for statement in {statements!r}:
        connection.execute(statement)
    connection.close()
    print(made)
"""
# Once coverage has looked for data files, it finds none, so what it does with them does not matter here.
COMBINE = """
    import os, sqlite3, sys
    import coverage, coverage.data

    lock = sqlite3.connect(sys.argv[1])
    {before}
    look = coverage.data.combinable_files

    def look_and_tell(*arguments):
        found = look(*arguments)
        assert found
        print([name for name in os.listdir() if name.endswith(("-shm", "-wal"))])
        return []

    coverage.data.combinable_files = look_and_tell
    coverage.Coverage(data_file=".coverage", config_file=False).combine()
"""
TWO = "lines({'/a.py': [1, 2]})"


@pytest.fixture
def count_of(project, covenv):
    """A function that makes a data file, looks for it as a combine below `covenv run` does, and returns the lines that
    were counted, or None, and the output."""

    def run(values, *statements, before="pass"):
        project.write("make.py", MAKE.format(values=values, statements=statements))
        made = project.run(project.python, "make.py", preload=False).strip()
        project.write("combine.py", COMBINE.format(before=before))
        log = project.folder / "log.json"
        log.unlink(missing_ok=True)
        words = (covenv, "run", "--log-json", "--log-level", "debug", "--log-file", log)
        output = project.run(*words, "--", project.python, "combine.py", made, preload=False)
        told = [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == "brought"]
        return told[0]["lines"] if told else None, output

    return run


def test_a_data_file_that_is_locked_is_counted_at_once(count_of):
    assert count_of(TWO, before="lock.execute('begin exclusive')")[0] == 2


def test_nothing_appears_beside_a_data_file(count_of):
    lines, output = count_of(TWO, "pragma journal_mode = wal")
    assert lines == 2 and output.startswith("[]")


def test_a_large_data_file_is_not_counted(count_of):
    assert count_of(TWO, "create table large as select zeroblob(1 << 20)")[0] == 2
    assert count_of(TWO, "create table large as select zeroblob(21 << 20)")[0] is None


def test_data_that_take_long_are_not_counted(count_of):
    many = "with recursive c(n) as (select 1 union all select n + 1 from c where n < {}) select 1 as file_id, n as fromno, n as tono from c"
    assert count_of(TWO, "drop table arc", "create view arc as " + many.format(100))[0] == 100
    assert count_of(TWO, "drop table arc", "create view arc as " + many.format(2_000_000))[0] is None


def test_lines_beyond_any_file_are_left_out(count_of):
    assert count_of("arcs({'/a.py': [(1, 2), (2, 1 << 27)]})")[0] == 2


GLOBS = """
    import glob, time
    import coverage

    glob.glob("out.*")
    start = time.process_time()
    for _ in range(500):
        glob.glob("out.*")
    print(time.process_time() - start)
"""


def test_a_glob_of_the_programs_own_costs_the_same_as_without_a_session(project, covenv):
    project.write("globs.py", GLOBS)
    bare, counted = [], []
    for _ in range(3):
        bare.append(float(project.run(project.python, "globs.py")))
        counted.append(float(project.run(covenv, "run", "--quiet", "--", project.python, "globs.py", preload=False)))
    assert min(counted) < 3 * min(bare)
