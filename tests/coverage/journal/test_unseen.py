# SPDX-License-Identifier: MIT
"""A program that looks at itself sees no journal, and nothing of the journal is left afterwards."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from stacks import NEWEST, Stack

LOOKS = """
    import atexit, gc, json, os, signal, sys, threading
    import coverage

    def f(n):
        return n

    f(1)
    cov = coverage.Coverage.current()
    collector = cov._collector
    f(2)

    def target(fd):
        try:
            return os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            return "gone"

    def field(name):
        with open("/proc/self/status") as file:
            return [line.split(":", 1)[1].strip() for line in file if line.startswith(name + ":")]

    def handlers():
        return {n: repr(signal.getsignal(n)) for n in range(1, 65) if n not in (32, 33)}

    data = collector.data
    told = {
        "descriptors": sorted(target(fd).split(":")[0] for fd in os.listdir("/proc/self/fd")),
        "threads": os.listdir("/proc/self/task").__len__(),
        "python threads": [t.name for t in threading.enumerate()],
        "signals": [field(name) for name in ("SigCgt", "SigIgn", "SigBlk", "ShdPnd", "Threads", "Seccomp", "NoNewPrivs", "TracerPid")],
        "handlers": handlers(),
        "children": open(f"/proc/self/task/{os.getpid()}/children").read(),
        "modules": sorted(sys.modules),
        "exit functions": atexit._ncallbacks(),
        "trace": type(sys.gettrace()).__name__,
        "threading trace": repr(getattr(threading, "_trace_hook", None)).split(" at ")[0],
        "profile": sys.getprofile(),
        "recursion": sys.getrecursionlimit(),
        "switch": sys.getswitchinterval(),
        "hooks": [repr(h).split(" at ")[0] for h in (sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook)],
        "meta path": [repr(f).split(" at ")[0] for f in sys.meta_path],
        "path": sys.path,
        "names of types": [type(data).__name__, type(data).__module__, sorted({type(v).__name__ for v in data.values()})],
        "representation": [repr(type(data)), sorted({repr(type(v)) for v in data.values()})],
        "are they what they are": [isinstance(data, dict), all(isinstance(v, set) for v in data.values())],
        "copies": [type(v.copy()).__name__ for v in data.values()] + [type(data.copy()).__name__],
        "garbage": len(gc.garbage),
        "variables": sorted(name for name in os.environ if "COV" in name or name.startswith("PYTHON")),
        "children's": sorted(line.split("=")[0] for line in os.popen("env").read().splitlines() if "JOURNAL" in line),
        "folder": sorted(os.listdir(".")),
        "warnings": sys.warnoptions,
        "timers": [signal.getitimer(n) for n in (0, 1, 2)],
        "usage": sys.getallocatedblocks() > 0,
    }
    with open(os.environ["TOLD"], "w") as file:
        json.dump(told, file)
"""


@pytest.mark.parametrize("place", [Stack(NEWEST, "ctrace", True), Stack(NEWEST, "pytrace", False)], indirect=True, ids=str)
def test_a_program_sees_of_itself_what_it_would_see_without(place, tmp_path_factory):
    """COVENV_RUN makes the program a later process of a run.

    The first one sees a difference: it has a further exit function, which turns journals into data.
    """
    place.write("looks.py", LOOKS)
    elsewhere = tmp_path_factory.mktemp("told")
    told = []
    for preload in (False, True):
        for path in place.folder.glob(".coverage*"):
            path.unlink()
        place.run("looks.py", status=0, preload=preload, COVENV_RUN="a run", TOLD=str(elsewhere / "told"))
        told.append(json.loads((elsewhere / "told").read_text()))
    bare, seen = told
    assert seen == bare


def test_the_type_in_the_place_of_set_says_that_it_is_set(place):
    """The type that the library puts in the place of `set` says that it is `set`."""
    place.write("asks.py", """
        import coverage
        data = coverage.Coverage.current()._collector.data
        assert isinstance(data, dict) and str(type(data)) == "<class 'dict'>", type(data)
        for v in data.values():
            assert isinstance(v, set) and str(type(v)) == "<class 'set'>", type(v)
    """)
    place.stack = Stack(NEWEST, "pytrace", False)
    place.run("asks.py", status=0)


@pytest.mark.parametrize("ending", ["", "os._exit(3)", "os.kill(os.getpid(), 9)", "raise SystemExit(4)", "1 / 0", "os.abort()"],
                         ids=lambda text: text.partition("(")[0] or "end")
def test_after_a_run_nothing_of_it_is_left(place, ending):
    """Only data files are left, at most one for each measured process. /dev/shm is as before."""
    place.write("child.py", f"import os\nx = 1\n{ending}\n")
    place.write("main.py", """
        import subprocess, sys
        for _ in range(3):
            subprocess.run([sys.executable, "child.py"], stderr=subprocess.DEVNULL)
    """)
    before = set(os.listdir("/dev/shm"))
    place.run("main.py", status=0)
    assert not place.journals()
    assert not {name for name in set(os.listdir("/dev/shm")) - before if str(place.folder) in header_text(name)}
    names = {path.name for path in place.folder.iterdir()} - {"rc", "child.py", "main.py"}
    assert all(name.startswith(".coverage.") for name in names), names
    assert 2 <= len(names) <= 4
    assert {"1", "2"} <= set(place.combine()["child.py"]["by_line"])


def header_text(name):
    try:
        return (Path("/dev/shm") / name).read_bytes()[:4096].decode(errors="replace")
    except OSError:
        return ""


def test_a_run_that_ends_well_leaves_the_data_files_that_it_would_leave(place):
    place.write("main.py", """
        import os
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                x = 1
                raise SystemExit
            os.waitpid(pid, 0)
    """)
    counts = []
    for preload in (False, True):
        place.run("main.py", status=0, preload=preload)
        names = sorted(path.name for path in place.folder.glob(".cov*"))
        counts.append(len(names))
        for name in names:
            (place.folder / name).unlink()
    assert counts == [4, 4]


def test_a_measured_process_catches_no_signal(place):
    """A process with a journal catches no further signal. One that is asked catches SIGURG and two more."""
    place.write("server.py", """
        import sys
        print("ready", flush=True)
        sys.stdin.readline()
    """)
    caught = []
    for variables in ({"preload": False}, {}, {"COVENV_JOURNAL": "0"}):
        server = place.start("server.py", **variables)
        status = Path(f"/proc/{server.pid}/status").read_text()
        caught.append([line for line in status.splitlines() if line.startswith(("SigCgt", "Threads"))])
        server.communicate(b"\n", timeout=30)
        assert server.returncode == 0
    assert caught[0] == caught[1] != caught[2]


def test_a_stranger_cannot_read_what_is_recorded(place):
    place.write("server.py", """
        import sys
        print("ready", flush=True)
        sys.stdin.readline()
    """)
    server = place.start("server.py")
    journal, = place.journals()
    # The check needs another user, because root may read every file.
    if os.geteuid() == 0:
        done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "cat", str(journal)], capture_output=True, check=False)
        assert done.returncode != 0 and not done.stdout
    assert journal.stat().st_mode & 0o077 == 0
    server.communicate(b"\n", timeout=30)
