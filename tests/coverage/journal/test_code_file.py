# SPDX-License-Identifier: MIT
"""covenv's Python code is compiled once for a run. Its children take the code from a file, if the file is to be trusted."""

import os
from pathlib import Path

import pytest
from shared_memory import FOLDER

HEADER = 232  # bytes, CodeFileHeader in shim/session/code_file_layout.h
CHILD = """
    with open("/proc/self/maps") as maps:
        print(any(".covenv-c-" in line for line in maps))
"""
#: Starts a child, does what the test wants with the file, and starts a child again.
RUNNER = """
    import glob, os, resource, signal, subprocess, sys

    def child():
        return subprocess.run([sys.executable, "child.py"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    {before}
    first = child()
    found = glob.glob("/dev/shm/.covenv-c-*")
    {between}
    print(first, len(found), child(), flush=True)
    {after}
"""


def code_files():
    return list(FOLDER.glob(".covenv-c-*"))


@pytest.fixture
def runner(place):
    """A function that writes runner.py, runs it measured, and returns the words that it prints.

    `status` is the one with which the runner has to end, `through` are words before its command; other variables are
    added to its environment.
    """
    def run(before="", between="", after="", status=0, through=(), **variables):
        place.write("child.py", CHILD)
        place.write("runner.py", RUNNER.format(before=before, between=between, after=after))
        return place.run("runner.py", status=status, through=through, **variables).stdout.split()

    yield run
    for file in code_files():
        file.unlink()


def test_children_take_the_code_that_the_runner_has_compiled(runner, place):
    assert runner() == ["True", "1", "True"]
    assert code_files() == []
    assert place.lines("child.py") == [1, 2]


SPOIL = {
    "open to others": "os.chmod(found[0], 0o644)",
    "another user's": "os.chown(found[0], 1000, 1000)",
    "a link": "os.rename(found[0], found[0] + '~moved'); os.symlink(found[0] + '~moved', found[0])",
    "with two names": "os.link(found[0], found[0] + '~copy')",
    "cut": "os.truncate(found[0], 60)",
    "cut in the code": "os.truncate(found[0], os.path.getsize(found[0]) - 1)",
    "of other sources": "with open(found[0], 'r+b') as file: file.seek(32); file.write(bytes(8))",
    "of another Python": "with open(found[0], 'r+b') as file: file.seek(40); file.write(bytes(8))",
    "gone": "os.unlink(found[0])",
    "a folder": "os.unlink(found[0]); os.mkdir(found[0])",
    "a pipe": "os.unlink(found[0]); os.mkfifo(found[0])",
}


@pytest.mark.parametrize("how", SPOIL)
def test_a_file_that_is_not_to_be_trusted_is_not_used(runner, place, how):
    after = "os.path.isdir(found[0]) and os.rmdir(found[0])"
    assert runner(between=SPOIL[how], after=after) == ["True", "1", "False"]
    assert place.lines("child.py") == [1, 2]


def test_code_that_cannot_be_read_is_compiled(runner, place):
    spoil = f"with open(found[0], 'r+b') as file: file.seek({HEADER}); file.write(bytes(os.path.getsize(found[0]) - {HEADER}))"
    assert runner(between=spoil) == ["True", "1", "True"]
    assert place.lines("child.py") == [1, 2]


def test_a_limit_of_file_sizes_is_kept(runner, place):
    limit = ["prlimit", "--fsize=9000:unlimited"]
    lifted = "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))"
    assert runner(through=limit, after=lifted) == ["False", "0", "False"]
    assert place.lines("runner.py")


def test_without_journals_there_is_no_file(runner, place):
    assert runner(COVENV_JOURNAL="0") == ["False", "0", "False"]
    assert place.lines("child.py") == [1, 2]


def test_a_killed_runners_file_is_removed_by_the_next_run(runner, place):
    place.write("next.py", "print('ready', flush=True)\n")
    runner(after="os.kill(os.getpid(), signal.SIGKILL)", status=-9)
    assert len(code_files()) == 1
    place.run("next.py", status=0)
    assert code_files() == []
    assert place.lines("child.py") == [1, 2]


def test_covenv_run_removes_the_file_of_a_killed_runner(runner, covenv):
    words = runner(after="os.kill(os.getpid(), signal.SIGKILL)", status=-9, through=[covenv, "run", "--"])
    assert words == ["True", "1", "True"] and code_files() == []


def test_another_users_pipe_of_such_a_name_disturbs_nothing(runner, place):
    pipe = FOLDER / ".covenv-c-0-evil"
    os.mkfifo(pipe)
    os.chown(pipe, 1000, 1000)
    # With a writer that says nothing, a read gives no bytes, and not an end.
    writer = os.open(pipe, os.O_RDWR)
    place.write("next.py", "print('ready', flush=True)\n")
    runner(after="os.kill(os.getpid(), signal.SIGKILL)", status=-9)
    place.run("next.py", status=0)
    os.close(writer)
    assert code_files() == [pipe]
    assert place.lines("child.py") == [1, 2]


def test_a_living_runners_file_stays(runner, place):
    place.write("child.py", CHILD)
    waits = RUNNER.format(before="", between="print('ready', flush=True); sys.stdin.readline()", after="")
    place.write("waiting.py", waits)
    waiting = place.start("waiting.py")
    runner(after="os.kill(os.getpid(), signal.SIGKILL)", status=-9)
    assert len(code_files()) == 2
    place.write("next.py", "pass\n")
    place.run("next.py", status=0)
    assert len(code_files()) == 1
    output, _ = waiting.communicate(b"\n", timeout=60)
    assert output.split() == [b"True", b"1", b"True"] and code_files() == []


def start_time(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def test_files_of_a_moment_are_removed_if_their_process_was_killed(runner, place):
    namespace = os.stat("/proc/self/ns/pid").st_ino
    dead = FOLDER / f".covenv-t-{os.getpid()}-{start_time(os.getpid()) - 1}-{namespace}-empty"
    living = FOLDER / f".covenv-t-{os.getpid()}-{start_time(os.getpid())}-{namespace}-empty"
    for file in (dead, living):
        file.touch()
    place.write("next.py", "pass\n")
    runner(after="os.kill(os.getpid(), signal.SIGKILL)", status=-9)
    place.run("next.py", status=0)
    assert not dead.exists() and living.exists()
    living.unlink()
