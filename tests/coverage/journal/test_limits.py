# SPDX-License-Identifier: MIT
"""Without room, or without permission, the program behaves as without the library, and no data are lost in addition."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from differential import DEADLINE

FUNCTIONS = 3000
WORK = "".join(f"def f{i}(n):\n    n += {i}\n    return n\n\n\n" for i in range(FUNCTIONS)) + (
    "def all():\n    for i in range(%d):\n        globals()['f%%d' %% i](i)\n" % FUNCTIONS)
PROGRAM = """
import ctypes, os, resource, signal, sys
{before}
import work
work.all()
print("still here", flush=True)
{after}
os.kill(os.getpid(), signal.SIGKILL)
"""
LIMITS = {
    "file size, below a journal's": "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))",
    "file size, one that a journal reaches": "resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))",
    "memory": "resource.setrlimit(resource.RLIMIT_AS, (120 << 20, 120 << 20))",
    "descriptors": "resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))\n"
                   "try:\n    while True: os.dup(0)\nexcept OSError: pass\nsys.path_importer_cache.clear()\nos.close(7)",
    "locked memory": "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))",
    "all descriptors closed": "import work; os.closerange(3, 1000)",
    "a mask of no rights": "os.umask(0o777)",
}


def prepared(place, before="", after=""):
    place.write("work.py", WORK)
    place.write("program.py", PROGRAM.format(before=before, after=after))
    return place


def as_bare(place, *arguments, **options):
    """Runs a program without and then with the library. Returns the second CompletedProcess, which has to be the same.

    Data files of the first run are removed.
    """
    bare = place.run(*arguments, preload=False, **options)
    for path in place.folder.glob(".coverage*"):
        path.unlink()
    done = place.run(*arguments, **options)
    assert (done.returncode, done.stdout, done.stderr) == (bare.returncode, bare.stdout, bare.stderr)
    return done


@pytest.mark.parametrize("limit", LIMITS)
def test_of_a_limit_set_by_the_program(limit, place):
    """The program limits itself, with the library in it: lines before that are kept, the rest if the limit lets it."""
    prepared(place, before=LIMITS[limit])
    done = as_bare(place, "program.py")
    assert done.returncode == -9 and done.stdout == "still here\n"
    files = place.combine()
    assert {1, 2} <= set(files["program.py"]["contexts"][""][0])
    lines = files["work.py"]["contexts"][""][0] if "work.py" in files else []
    if limit.startswith("file size"):
        # Coverage itself could not write its file, so the rest is lost.
        assert len(lines) < 3 * FUNCTIONS
    else:
        assert len(lines) == 3 * FUNCTIONS + 3
    assert not place.journals()


@pytest.mark.parametrize("limit", ["-f 4", "-f 24", "-n 12", "-v 200000"])
def test_of_a_limit_that_it_starts_with(limit, place):
    prepared(place)
    through = ["bash", "-c", f'ulimit {limit}; exec "$@"', "bash"]
    done = as_bare(place, "program.py", through=through)
    assert done.returncode == -9 and done.stdout == "still here\n"
    place.combine()


def with_shared_memory(options, *command, before=":"):
    """The command line that runs `command` in a mount namespace with its own /dev/shm, mounted with `options`.

    `before` is run by the shell after the mount.
    """
    script = f'mount -t tmpfs -o {options} none /dev/shm && {before} && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *command]


@pytest.mark.parametrize("options, before", [
    ("size=64m", ":"),
    ("size=4k", ":"),
    ("size=64k", ":"),
    ("size=64m,ro", ":"),
    ("size=1m", "dd if=/dev/zero of=/dev/shm/filler 2>/dev/null; true"),
    ("size=64m", "umount /dev/shm"),
    ("size=64m,nr_inodes=2", "touch /dev/shm/one; true"),
], ids=str)
def test_of_shared_memory(options, before, place):
    """The journal is in the data file's folder if /dev/shm cannot hold it. Without any room the process is asked."""
    prepared(place)
    through = with_shared_memory(options, before=before)
    script = '"$@"; echo $? >status; env -u COVERAGE_CORE "$PYTHON" -m coverage combine --rcfile=rc >&2'
    done = subprocess.run([*through, "sh", "-c", script, "sh", *place.command("program.py")], cwd=place.folder,
                          env=place.environment(PYTHON=str(place.stack.python)), capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    assert (place.folder / "status").read_text() == "137\n" and "still here" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr
    show = ("import coverage, json; d = coverage.CoverageData(); d.read(); "
            "print(json.dumps({f.split('/')[-1]: len(d.lines(f)) for f in d.measured_files()}))")
    told = json.loads(subprocess.run([str(place.stack.python), "-c", show], cwd=place.folder, capture_output=True, text=True,
                                     check=True).stdout)
    assert told["program.py"] >= 3
    assert told["work.py"] == 3 * FUNCTIONS + 3
    assert not list(place.folder.glob(".covenv-j*"))


def test_of_room_in_both_places(place):
    """No journal can be written: the program is asked to save, or loses data, but sees no difference."""
    prepared(place)
    disk = place.folder / "disk"
    disk.mkdir()
    shutil.copy(place.folder / "work.py", disk)
    shutil.copy(place.folder / "program.py", disk)
    shutil.copy(place.folder / "rc", disk)
    inside = f"mount -t tmpfs -o size=200k none /dev/shm && cp -r {disk} /dev/shm/ && mount -t tmpfs -o size=400k none {disk} && " \
             f"cp /dev/shm/disk/* {disk} && dd if=/dev/zero of=/dev/shm/f 2>/dev/null; dd if=/dev/zero of={disk}/f 2>/dev/null; " \
             f'cd {disk} && exec "$@"'
    results = []
    for preload in (False, True):
        done = subprocess.run(["unshare", "--mount", "sh", "-c", inside, "sh", *place.command("program.py")], cwd=place.folder,
                              env=place.environment(preload), capture_output=True, text=True, timeout=DEADLINE, check=False)
        results.append((done.returncode, done.stdout, done.stderr))
    assert results[0] == results[1] and results[0][:2] == (-9, "still here\n")


def test_of_64_mb_with_200_measured_processes(place):
    """64 MB is Docker's default size of /dev/shm."""
    place.write("child.py", """
        import os, signal, sys
        def f(n):
            return n
        f(1)
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    count = 200
    place.write("many.py", f"""
        import os, subprocess, sys
        reader, writer = os.pipe()
        heard, says = os.pipe()
        def f(n):
            return n
        for i in range({count}):
            pid = os.fork()
            if pid == 0:
                os.close(writer)
                f(i)
                os.write(says, b"x")
                os.read(reader, 1)
                os.kill(os.getpid(), 9)
        for i in range({count}):
            assert os.read(heard, 1) == b"x"
        status = os.statvfs("/dev/shm")
        print((status.f_blocks - status.f_bfree) * status.f_frsize // 1024, len(os.listdir("/dev/shm")), flush=True)
        os.close(writer)
        for i in range({count}):
            _, status = os.wait()
            assert status == 9
    """)
    report = '"$@" && "$PYTHON" -m coverage combine --rcfile=rc >&2 && ls -A /dev/shm'
    done = subprocess.run(with_shared_memory("size=64m", "sh", "-c", report, "sh", *place.command("many.py")), cwd=place.folder,
                          env=place.environment(PYTHON=str(place.stack.python)), capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    assert done.returncode == 0, done.stderr
    (used, files), *left = [line.split() for line in done.stdout.splitlines()]
    assert int(files) >= count and int(used) < 8 * 1024 and not left
    show = "import coverage; d = coverage.CoverageData(); d.read(); print(*sorted(d.lines(next(iter(d.measured_files())))))"
    lines = subprocess.run([str(place.stack.python), "-c", show], cwd=place.folder, capture_output=True, text=True, check=True).stdout
    assert {"4", "8", "9", "10", "11"} <= set(lines.split())


def test_of_a_filter_that_kills(place, crashes):
    """A process in which a filter kills our system calls is still measured, because its journal took room ahead."""
    prepared(place, before="ctypes.PyDLL(os.environ['CRASHES']).confine()")
    done = as_bare(place, "program.py", CRASHES=str(crashes))
    assert done.returncode == -9 and done.stdout == "still here\n"
    assert len(place.lines("work.py")) == 3 * FUNCTIONS + 3


def test_a_folder_of_the_users_choice(place):
    with tempfile.TemporaryDirectory() as folder:
        prepared(place)
        place.run("program.py", status=-9, COVENV_JOURNAL=folder)
        journal, = place.journals(folder)
        assert not place.journals() and journal.stat().st_mode & 0o777 == 0o600
        assert len(place.lines("work.py", COVENV_JOURNAL=folder)) == 3 * FUNCTIONS + 3
        assert not os.listdir(folder)


def test_a_folder_that_is_not_there_is_none(place):
    prepared(place)
    done = as_bare(place, "program.py", COVENV_JOURNAL="/nowhere/at/all")
    assert done.returncode == -9
    assert not place.journals() and not Path("/nowhere").exists()


def test_switched_off_it_is_asked_as_before(place):
    prepared(place)
    done = as_bare(place, "program.py", COVENV_JOURNAL="0")
    assert done.returncode == -9 and not place.journals()
    assert len(place.lines("work.py")) == 3 * FUNCTIONS + 3
