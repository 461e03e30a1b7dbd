# SPDX-License-Identifier: MIT
"""The defects that reviewers found in the journal's first design, one test for each."""

import os
import random
import sqlite3
import subprocess

import pytest
from stacks import NEWEST, OURS, ROOT, Stack

on_each_stack = pytest.mark.parametrize(
    "place", [Stack(venv, core, branch) for venv, core, branch in zip(OURS, ("ctrace", "pytrace", "ctrace"), (True, False, False))],
    indirect=True, ids=OURS)
KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"

SERVER = """
    import sys

    def first():
        return 1

    def second():
        return 2

    first()
    print("ready", flush=True)
    sys.stdin.readline()
    second()
    print("done", flush=True)
    sys.stdin.readline()
"""


@on_each_stack
def test_a_combine_takes_nothing_from_a_process_that_goes_on(place):
    place.write("server.py", SERVER)
    server = place.start("server.py")
    assert {4, 9} <= set(place.lines("server.py")) and 7 not in place.lines("server.py")
    server.stdin.write(b"\n")
    server.stdin.flush()
    assert server.stdout.readline() == b"done\n"
    place.kill(server)
    assert {4, 7, 9, 12} <= set(place.lines("server.py"))
    assert not place.journals()


FIRST_PID_NAMESPACE = 0xEFFFFFFC


def test_a_process_of_another_pid_namespace_counts_as_alive(place):
    """The journal is copied and not claimed, because the pid in its name means nothing here.

    Only the first pid namespace sees all processes.
    """
    place.write("server.py", SERVER)
    server = place.start("server.py", through=["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"])
    assert 4 in place.lines("server.py")
    server.stdin.write(b"\n")
    server.stdin.flush()
    assert server.stdout.readline() == b"done\n"
    place.kill(server)
    assert {4, 7} <= set(place.lines("server.py"))
    sees_all = os.stat("/proc/self/ns/pid").st_ino == FIRST_PID_NAMESPACE
    assert len(place.journals()) == (0 if sees_all else 1)


LATE = """
import coverage, os, signal

def outer():
    cov = coverage.Coverage(config_file="rc", data_suffix=True)
    middle(cov)
    import json
    measured(1)
    return cov

def middle(cov):
    cov.start()
    measured(2)
    import string
    exec("z = 2")
    return measured(3)

def measured(n):
    if n == 1:
        import bisect
        a = 1
    elif n == 2:
        exec("b = 1")
        a = 2
    else:
        a = 3
    return a

cov = outer()
measured(4)
"""


@pytest.mark.parametrize("place", [Stack(NEWEST, "pytrace", False), Stack(NEWEST, "pytrace", True), Stack(NEWEST, "ctrace", True)],
                         indirect=True, ids=str)
@pytest.mark.parametrize("is_killed", [False, True], ids=["ends", "killed"])
def test_measuring_that_begins_in_the_middle_of_frames_keeps_its_data(place, is_killed):
    def measured(ending, preload):
        place.write("late.py", LATE + ending)
        done = subprocess.run([str(place.stack.python), "late.py"], cwd=place.folder, env=place.environment(preload), timeout=60,
                              capture_output=True, text=True, check=False)
        assert done.returncode in (0, -9), done.stderr
        assert bool(place.journals()) == is_killed or not preload
        return place.combine(preload)["late.py"]["contexts"]

    # Both endings are one line, so that the programs have the same lines.
    save = "cov.stop(), cov.save()\n"
    bare = measured(save, preload=False)
    kept = measured("cov, os.kill(os.getpid(), signal.SIGKILL)\n" if is_killed else save, preload=True)
    assert kept == bare
    assert {18, 19, 20, 21, 22, 23} <= {abs(line) for line in bare[""][0]}


@pytest.mark.parametrize("place", [Stack(venv, "ctrace", True) for venv in OURS], indirect=True, ids=OURS)
def test_pairs_of_lines_are_unpacked_as_this_coverage_packs_them(place):
    """Coverage up to 7.13.0 packs a pair by shifting one line by 20 bits, later versions by 28."""
    with open(place.folder / "far.py", "w") as file:
        file.write("\n" * 700000 + "def f(n):\n    for i in range(n):\n        n += i\n\nf(2)\n" + KILL)
    place.run("far.py", status=-9)
    _, arcs = place.combine()["far.py"]["contexts"][""]
    n = 700000
    assert {(-(n + 1), n + 2), (n + 2, n + 3), (n + 3, n + 2), (n + 2, -(n + 1)), (n + 1, n + 5)} <= set(map(tuple, arcs))
    assert {abs(line) for arc in arcs for line in arc} <= {1, *range(n + 1, n + 9)}


def test_erased_data_does_not_come_back(place):
    place.write("job.py", "x = 1\n" + KILL)
    place.run("job.py", status=-9)
    assert place.journals()
    place.coverage("erase", "--rcfile=rc")
    assert not place.journals()
    assert place.combine() == {}


def test_a_worker_that_erases_takes_nothing_from_its_own_run(place):
    """Journals of the same run stay: pytest-xdist replaces a crashed worker, and pytest-cov in the new one erases."""
    place.write("job.py", "x = 1\n" + KILL)
    place.run("job.py", status=-9, COVENV_RUN="this")
    place.coverage("erase", "--rcfile=rc", COVENV_RUN="this")
    assert len(place.journals()) == 1
    place.coverage("erase", "--rcfile=rc", COVENV_RUN="next")
    assert not place.journals()


@on_each_stack
def test_values_of_forks_of_c_code_stay_with_their_files(place):
    """A parent and its child make new sets at the same addresses; lines go to the files of the right process."""
    for i in range(4):
        (place.folder / f"child{i}.py").write_text("\n" * (10 * i) + "x = 1\ny = 2\n")
        (place.folder / f"parent{i}.py").write_text("\n" * (100 + 10 * i) + "x = 1\n")
    place.write("forks.py", """
        import ctypes, importlib, os, signal
        c = ctypes.PyDLL(None)
        children = []
        for i in range(4):
            pid = c.fork()
            if pid == 0:
                importlib.import_module(f"child{i}")
                os.kill(os.getpid(), signal.SIGKILL)
            importlib.import_module(f"parent{i}")
            children.append(pid)
        for pid in children:
            os.waitpid(pid, 0)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    place.run("forks.py", status=-9)
    assert len(place.journals()) == 5
    files = place.combine()
    lines = {name: told["contexts"][""][0] for name, told in files.items()}
    assert set(lines.pop("forks.py")) == set(range(1, 14))
    expected = {f"child{i}.py": [10 * i + 1, 10 * i + 2] for i in range(4)}
    expected |= {f"parent{i}.py": [101 + 10 * i] for i in range(4)}
    assert lines == expected


def test_a_kill_while_an_entry_is_written_costs_no_more_than_that_entry(place, static_kill):
    place.write("switches.py", """
        import coverage
        cov = coverage.Coverage.current()
        cov.switch_context("first")
        def f():
            return 1
        f()
        print("ready", flush=True)
        for i in range(10**9):
            cov.get_data().set_context("context-" + "x" * (i % 500))
    """)
    for _ in range(6):
        process = place.start("switches.py")
        subprocess.run([static_kill, str(process.pid), str(random.randrange(300000))], check=True)
        process.wait()
        assert len(place.journals()) == 1
        seen = place.combine()["switches.py"]
        assert {"1", "2", "3", "4", "5", "6", "7"} <= set(seen["by_line"])
        assert not place.journals()


@on_each_stack
def test_the_next_coverage_may_have_the_address_of_one_that_is_gone(place):
    for i in range(3):
        (place.folder / f"part{i}.py").write_text("\n" * (10 * i) + "x = 1\ny = 2\n")
    place.write("turns.py", """
        import coverage, gc, importlib, os, signal

        outer = coverage.Coverage.current()
        outer.stop()
        for i in range(3):
            cov = coverage.Coverage(config_file="rc", data_suffix=str(i))
            cov.start()
            importlib.import_module(f"part{i}")
            cov.stop()
            del cov
            gc.collect()
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    place.run("turns.py", status=-9)
    files = place.combine()
    for i in range(3):
        assert files[f"part{i}.py"]["contexts"][""][0] == [10 * i + 1, 10 * i + 2]


@on_each_stack
def test_a_save_in_the_middle_is_not_the_last_word(place):
    place.write("job.py", """
        import coverage, os, signal
        x = 1
        coverage.Coverage.current().save()
        y = 2
        z = 3
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    place.run("job.py", status=-9)
    assert place.lines("job.py") == [1, 2, 3, 4, 5, 6]
    assert not place.journals()


def test_a_data_file_torn_by_the_kill_disturbs_no_combine(place):
    place.write("job.py", """
        import coverage, os, signal
        cov = coverage.Coverage.current()
        data = cov.get_data()
        def write_a_part(*_):
            with open(data.data_filename(), "wb") as file:
                file.write(b"SQLite format 3\\0" + bytes(2000))
            os.kill(os.getpid(), signal.SIGKILL)
        x = 1
        data.add_lines = write_a_part
        cov.save()
    """)
    place.run("job.py", status=-9)
    assert list(place.folder.glob(".coverage.*"))
    assert {1, 2, 3, 4, 8, 9, 10} <= set(place.lines("job.py"))
    assert "Couldn't" not in place.said and "warning" not in place.said.lower()
    assert not list(place.folder.glob(".coverage.*"))


@on_each_stack
def test_a_whole_data_file_stays_whatever_its_folder_is_named(place, libcovenv, tmp_path):
    folder = tmp_path / "a#b%41c?d é"
    folder.mkdir()
    odd = type(place)(folder, place.stack, libcovenv)
    odd.write("job.py", """
        import coverage, os, signal
        coverage.Coverage.current().save()
        x = 1
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    odd.run("job.py", status=-9)
    [saved] = folder.glob(".coverage.*")
    odd.write("look.py", "import coverage, glob, os\nglob.glob(glob.escape(os.path.abspath('.coverage')) + '.*')\n")
    subprocess.run([place.stack.python, "look.py"], cwd=folder, env=odd.environment(), check=True)
    assert len(list(folder.glob(".coverage.*"))) == 2 and saved.exists()
    assert 3 in odd.lines("job.py")
    odd.close()


@pytest.mark.parametrize("content, error, damaged", [
    (b"SQLite format 3\0" + bytes(2000), "file is not a database", True),
    (b"", "no such table: coverage_schema", True),
    (None, "database disk image is malformed", True),
    (None, "database is locked", False),
    (None, "unable to open database file", False),
    (None, "disk I/O error", False),
    (None, "out of memory", False),
])
def test_only_a_proof_of_damage_lets_a_data_file_be_removed(tmp_path, content, error, damaged):
    """`content`: of a file for which sqlite3 really tells `error`."""
    salvage = {}
    exec((ROOT / "shim/coverage/salvage.py").read_text(), salvage)
    assert salvage["tells_damage"](sqlite3.DatabaseError(error)) is damaged
    if content is None:
        return
    file = tmp_path / "data"
    file.write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError, match=error) as told:
        sqlite3.connect(f"file:{file}?mode=ro", uri=True).execute("select version from coverage_schema")
    assert salvage["tells_damage"](told.value)


def test_a_thousand_contexts_are_exact_and_small(place):
    place.write("contexts.py", """
        import coverage, os, signal
        cov = coverage.Coverage.current()
        def f(n):
            a = 1
            b = 2
            c = 3
            if n % 2:
                d = 4
            return a
        for i in range(1000):
            cov.switch_context(f"test-{i}")
            f(i)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    place.run("contexts.py", status=-9)
    journal, = place.journals()
    assert journal.stat().st_size < 250_000
    by_line = place.combine()["contexts.py"]["by_line"]
    assert set(by_line["4"]) == {f"test-{i}" for i in range(1000)}
    assert set(by_line["8"]) == {f"test-{i}" for i in range(1, 1000, 2)}
    assert by_line["3"] == [""]


@pytest.mark.parametrize("relative", [False, True])
def test_files_that_were_never_imported_are_there(place, relative):
    place.write("shop/__init__.py", "")
    place.write("shop/never.py", "x = 1\n")
    place.write("shop/used.py", "x = 1\n")
    place.write("rc", f"[run]\nparallel = true\nsource = shop\nrelative_files = {relative}\n")
    place.write("job.py", "import shop.used\n" + KILL)
    place.run("job.py", status=-9)
    (place.folder / ".coverage").unlink(missing_ok=True)
    subprocess.run([str(place.stack.python), "-m", "coverage", "combine", "--rcfile=rc", "--keep"], cwd=place.folder,
                   env=place.environment(), check=True, capture_output=True)
    names = "import coverage; d = coverage.CoverageData(); d.read(); print(*sorted(d.measured_files()))"
    told = subprocess.run([str(place.stack.python), "-c", names], cwd=place.folder, capture_output=True, text=True, check=True)
    base = "" if relative else f"{place.folder}/"
    assert {f"{base}shop/never.py", f"{base}shop/used.py"} <= set(told.stdout.split())


def test_a_combine_of_another_folder_and_through_a_link(place):
    sub = place.folder / "sub"
    sub.mkdir()
    place.write("sub/job.py", "x = 1\n" + KILL)
    (sub / "rc").write_text((place.folder / "rc").read_text())
    place.run("job.py", status=-9, cwd=sub)
    place.coverage("combine", "--rcfile=rc", "sub")
    assert "job.py" in place.coverage("report", "--rcfile=rc").stdout
    (place.folder / ".coverage").unlink()

    place.run("job.py", status=-9, cwd=sub)
    link = place.folder / "link"
    link.symlink_to(sub)
    place.coverage("combine", "--rcfile=rc", "link")
    assert "job.py" in place.coverage("report", "--rcfile=rc").stdout


def test_names_that_a_shell_gives_to_combine_are_there_after_the_run(place):
    """The data files are there once the run's first process has ended, because a shell's glob causes no audit event."""
    place.write("child.py", "x = 1\n" + KILL)
    place.write("main.py", """
        import subprocess, sys
        child = subprocess.run([sys.executable, "child.py"])
        assert child.returncode == -9
    """)
    place.run("main.py", status=0)
    names = sorted(path.name for path in place.folder.glob(".coverage.*"))
    assert len(names) == 2
    place.coverage("combine", "--rcfile=rc", *names)
    report = place.coverage("report", "--rcfile=rc").stdout
    assert "child.py" in report and "main.py" in report
    assert not place.journals()


def test_a_build_without_the_lock_of_cpython_has_no_journal(place):
    """A free-threaded build (here only by its flag "t") is asked to save."""
    place.write("other.py", "z = 1\n")
    place.write("job.py", """
        import coverage, os, signal, sys
        sys.abiflags = "t"
        cov = coverage.Coverage(config_file="rc", data_suffix=True)
        cov.start()
        import other
        def f():
            x = 1
            return x
        f()
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([str(place.stack.python), "job.py"], cwd=place.folder, env=place.environment(), timeout=60, check=False)
    assert done.returncode == -9
    assert not place.journals() and list(place.folder.glob(".coverage.*"))
    assert {7, 8} <= set(place.lines("job.py"))


def test_a_journal_is_small_while_little_is_measured(place):
    place.write("server.py", SERVER)
    server = place.start("server.py")
    journal, = place.journals()
    status = journal.stat()
    assert status.st_size <= 8192 and status.st_blocks * 512 <= 8192
    assert status.st_mode & 0o777 == 0o600 and status.st_uid == os.geteuid()
    server.communicate(b"\n\n", timeout=30)
    assert server.returncode == 0
    assert not place.journals()


def test_nothing_is_imported_or_run_from_a_path_of_a_journal(place):
    place.write("job.py", "x = 1\n" + KILL)
    place.run("job.py", status=-9)
    journal, = place.journals()
    evil = place.folder / "evil"
    marker = place.folder / "ran"
    place.write("evil/coverage/__init__.py", f"open({str(marker)!r}, 'w')\n")
    python = place.write("evil/python", f"#!/bin/sh\ntouch {marker}\n")
    python.chmod(0o755)
    data = bytearray(journal.read_bytes())
    head = 8 + 4 * 4 + 8 * 5 + 64 + 1024
    data[head:head + 1024] = str(python).encode().ljust(1024, b"\0")
    data[head + 1024:head + 2048] = str(evil).encode().ljust(1024, b"\0")
    journal.write_bytes(data)
    assert place.lines("job.py") == [1, 2, 3]
    assert not marker.exists()
