# SPDX-License-Identifier: MIT
"""`covenv salvage` makes data of the journals of a run that was killed as a whole."""

import contextlib
import os
import signal
import struct
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from shared_memory import FOLDER, journals
from user_project import combined

pytestmark = pytest.mark.journal

DEADLINE = 30
WORDS_AT = 4096
TAKEN_AT = 56  # the offset of the number of words that have become data
# The head of an entry of the kind that describes the journal. The entry claims to be longer than the file.
TORN = struct.pack("=Q", 3 << 62 | 2 << 32 | 0xFFFFFF)


def environment(**more):
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))} | more


def kill_all(folder):
    """Stops and then kills each process whose working directory is in `folder`, so none can react to another's end."""

    def is_there(process):
        with contextlib.suppress(psutil.Error):
            return Path(process.cwd()).is_relative_to(folder)

    def send(number):
        found = [process for process in psutil.process_iter() if is_there(process)]
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
        return found

    send(signal.SIGSTOP)
    while send(signal.SIGKILL):
        time.sleep(0.01)


@pytest.fixture
def killed_run(small, covenv):
    """A function that starts `covenv run` of a suite with a server, and kills all its processes.

    Returns the project. Coverage has left no data file there.
    """
    small.write("test_it.py", """
        import time
        from helpers import start

        def test_it():
            server = start("server.py")
            open("hangs", "w").close()
            time.sleep(600)
    """)

    def run(**variables):
        command = [covenv, "run", "--", small.python, "-m", "pytest", small.measure, "-p", "no:cacheprovider"]
        process = subprocess.Popen(command, cwd=small.folder, env=environment(**variables), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            end = time.monotonic() + DEADLINE
            while not (small.folder / "hangs").exists():
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.01)
        finally:
            kill_all(small.folder)
            process.wait()
        assert process.returncode == -9
        assert list(small.folder.glob(".coverage*")) == [small.folder / ".coveragerc"]
        return small

    return run


@pytest.fixture
def server(small, libcovenv):
    """A function that starts a measured program (server.py) without a runner, and returns its Popen.

    The program's journal is in the folder `server.folder`.
    """
    folder = small.folder / "journals"
    folder.mkdir()
    started = []

    def start(program="server.py"):
        process = subprocess.Popen(
            [small.python, program], cwd=small.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment(LD_PRELOAD=str(libcovenv), COVENV_JOURNAL=str(folder), COVERAGE_PROCESS_START=".coveragerc"))
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    start.folder = folder
    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def salvage(covenv):
    def run(*arguments, cwd, **variables):
        return subprocess.run([covenv, "salvage", *arguments], cwd=cwd, env=environment(**variables), capture_output=True,
                              text=True, timeout=DEADLINE, check=False)

    return run


def test_a_run_that_was_killed_as_a_whole(killed_run, salvage):
    project = killed_run()
    assert len(journals()) == 2
    done = salvage(cwd="/")
    assert (done.returncode, done.stderr) == (0, f"covenv: 2 journals in {FOLDER}, 2 became data\n")
    [data] = done.stdout.splitlines()
    assert Path(data).parent == project.folder and Path(data).name.startswith(".coverage.")
    assert journals() == []
    report = combined(project.folder, project.python)
    assert report.kept("server.py")
    assert report.ran("test_it.py", "test_it") == ['server = start("server.py")', 'open("hangs", "w").close()', "time.sleep(600)"]
    again = salvage(cwd="/")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", f"covenv: 0 journals in {FOLDER}, 0 became data\n")


@pytest.mark.parametrize("is_named", [True, False], ids=["argument", "variable"])
def test_a_run_with_a_folder_for_its_journals(killed_run, salvage, tmp_path_factory, is_named):
    folder = tmp_path_factory.mktemp("journals")
    project = killed_run(COVENV_JOURNAL=str(folder))
    assert len(journals(folder)) == 2 and journals() == []
    done = salvage(folder, cwd="/") if is_named else salvage(cwd="/", COVENV_JOURNAL=str(folder))
    assert (done.returncode, done.stderr) == (0, f"covenv: 2 journals in {folder}, 2 became data\n")
    assert list(folder.iterdir()) == []
    assert combined(project.folder, project.python).kept("server.py")


def test_a_disk_that_is_three_quarters_full(small, libcovenv, tmp_path_factory):
    """280 of 1200 MB are free: a journal leaves the last quarter of a small file system, but only 256 MiB of a large one."""
    small.write("dies.py", """
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    folder = tmp_path_factory.mktemp("disk")
    inside = f"mount -t tmpfs -o size=1200m none {folder} && fallocate -l 920m {folder}/full && \"$@\"; " \
             f"find {folder} -name '.covenv-j*' | wc -l"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", inside, "sh", small.python, "dies.py"],
        cwd=small.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False,
        env=environment(LD_PRELOAD=str(libcovenv), COVENV_JOURNAL=str(folder), COVERAGE_PROCESS_START=".coveragerc"))
    assert done.stdout == "1\n", done.stderr


def test_a_container_that_was_killed(small, libcovenv, salvage, tmp_path_factory):
    """The container's /dev/shm and pids are gone, but its journals lie in a folder of the host, which is mounted."""
    folder = tmp_path_factory.mktemp("mount")
    inside = "mount -t tmpfs none /dev/shm && exec \"$@\""
    container = subprocess.Popen(
        ["unshare", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child", "sh", "-c", inside, "sh", small.python, "server.py"],
        cwd=small.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=environment(LD_PRELOAD=str(libcovenv), COVENV_JOURNAL=str(folder), COVERAGE_PROCESS_START=".coveragerc"))
    assert container.stdout.readline() == b"ready\n"
    container.kill()
    # The end of the output says that the last process has died. Until then stdin stays open, because a server whose
    # stdin is closed ends by itself.
    container.stdout.read()
    container.communicate()
    assert len(journals(folder)) == 1
    done = salvage(folder, cwd="/")
    assert (done.returncode, done.stderr) == (0, f"covenv: 1 journal in {folder}, 1 became data\n")
    assert combined(small.folder, small.python).kept("server.py")


def test_the_next_run_finds_what_a_killed_one_has_left(killed_run):
    """The next run removes the journals, because it erases the data files of earlier runs, too."""
    project = killed_run()
    project.write("test_it.py", "def test_it():\n    pass\n")
    report = project.pytest()
    assert not report.kept("server.py") and journals() == []


def test_a_folder_that_is_none(salvage, tmp_path):
    done = salvage(tmp_path / "none", cwd="/")
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == f"covenv: {tmp_path}/none is no folder; name the one that COVENV_JOURNAL named in the run\n"


def test_a_journal_that_cannot_be_read_is_left_and_the_others_are_not(server, salvage, small):
    killed = []
    for _ in range(2):
        process = server()
        process.kill()
        process.wait()
        killed.append(process.pid)
    [torn] = [journal for journal in journals(server.folder) if f"-{killed[0]}-" in journal.name]
    with open(torn, "r+b") as file:
        file.seek(WORDS_AT)
        file.write(TORN)
    before = torn.read_bytes()
    done = salvage(server.folder, cwd="/")
    assert done.returncode == 125
    assert done.stderr.splitlines() == [
        f"covenv: the journal of process {killed[0]} is left as it is: {torn}: BadJournal: an entry is longer than the journal",
        f"covenv: 2 journals in {server.folder}, 1 became data",
    ]
    assert done.stdout == f"{small.folder}/.coverage\n"
    assert journals(server.folder) == [torn] and torn.read_bytes() == before


def test_what_is_no_journal_of_ours_is_left(server, salvage):
    process = server()
    process.kill()
    process.wait()
    [journal] = journals(server.folder)
    with open(journal, "r+b") as file:
        file.seek(8)
        file.write(struct.pack("=I", 99))  # the number of another version of the format
    done = salvage(server.folder, cwd="/")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"covenv: 0 journals in {server.folder}, 0 became data\n")
    assert journals(server.folder) == [journal]


def test_a_process_that_still_runs_is_left_alone(server, salvage, small):
    process = server()
    [journal] = journals(server.folder)
    inode = journal.stat().st_ino
    done = salvage(server.folder, cwd="/")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"covenv: 1 journal in {server.folder}, 0 became data\n"
    assert journal.stat().st_ino == inode and process.poll() is None
    assert journal.read_bytes()[TAKEN_AT : TAKEN_AT + 8] == bytes(8)
    process.kill()
    process.wait()
    assert salvage(server.folder, cwd="/").returncode == 0
    assert combined(small.folder, small.python).kept("server.py")


def test_data_of_a_folder_that_has_gone_come_into_this_one(server, salvage, small, tmp_path_factory):
    process = server()
    process.kill()
    process.wait()
    moved = tmp_path_factory.mktemp("moved") / "project"
    small.folder.rename(moved)
    here = tmp_path_factory.mktemp("here")
    done = salvage(moved / "journals", cwd=here)
    assert done.returncode == 0, done.stderr
    [data] = done.stdout.splitlines()
    assert Path(data).parent == here and Path(data).exists()
