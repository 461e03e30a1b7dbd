# SPDX-License-Identifier: MIT
"""A process that is not measured dies as without covenv: at once, by SIGKILL, without another signal before."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# Every program here answers on stdout if a signal comes before the SIGKILL.
KILLED_IN_SILENCE = """
    import subprocess, sys

    def test_it():
        process = subprocess.Popen({command}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\\n"
        process.kill()
        assert process.wait(timeout=30) == -9
        assert process.stdout.read() == b""
"""

# A killer that waits for an answer would exceed the suite's time by far.
FOREVER = {"COVENV_GRACE": "300s"}


def test_a_program_without_handlers(small):
    small.write("test_it.py", """
        import subprocess

        def test_it():
            process = subprocess.Popen(["sleep", "60"])
            process.kill()
            assert process.wait(timeout=30) == -9
    """)
    small.pytest(env=FOREVER)


def test_a_daemon_that_catches(small):
    source = small.write("daemon.c", """
        #include <signal.h>
        #include <unistd.h>

        static void answer(int number) {
          (void)number;
          if (write(1, "asked\\n", 6) != 6) _exit(1);
        }

        int main(void) {
          struct sigaction action = {.sa_handler = answer, .sa_flags = SA_RESTART};
          sigaction(SIGTERM, &action, 0);
          sigaction(SIGINT, &action, 0);
          if (write(1, "ready\\n", 6) != 6) return 1;
          char byte;
          while (read(0, &byte, 1) > 0) continue;
        }
    """)
    subprocess.run([shutil.which("cc"), source, "-o", small.folder / "daemon"], check=True)
    small.write("test_it.py", KILLED_IN_SILENCE.format(command='["./daemon"]'))
    small.pytest(env=FOREVER)


def test_a_database(small):
    # redis-check-rdb is the same binary as redis-server. Its package has no service, which Debian would start.
    redis = shutil.which("redis-check-rdb")
    assert redis, "redis-check-rdb is missing: apt-get install redis-tools"
    small.write("test_it.py", f"""
        import subprocess, time
        from pathlib import Path

        log = Path("log.txt")

        def test_it():
            command = ["redis-server", "--port", "0", "--unixsocket", "./socket", "--save", "", "--logfile", "log.txt"]
            process = subprocess.Popen(command, executable={redis!r})
            while not log.exists() or "ready to accept" not in log.read_text():
                assert process.poll() is None
                time.sleep(0.01)
            process.kill()
            assert process.wait(timeout=30) == -9
            assert "SIGTERM" not in log.read_text()
    """)
    small.pytest(env=FOREVER)


ANSWERING = """
    import os, signal

    def answer(number, frame):
        os.write(1, b"asked\\n")

    signal.signal(signal.SIGTERM, answer)
    signal.signal(signal.SIGINT, answer)
    print("ready", flush=True)
    while os.read(0, 1):
        pass
"""


def test_python_in_a_run_without_coverage(small):
    small.write("answering.py", ANSWERING)
    small.write("test_it.py", KILLED_IN_SILENCE.format(command='[sys.executable, "answering.py"]'))
    small.pytest(cov=False, env=FOREVER)


def test_python_that_opted_out(small):
    small.write("answering.py", ANSWERING)
    command = '[sys.executable, "answering.py"], env={"COVERAGE_PROCESS_CONFIG": ""}'
    small.write("test_it.py", KILLED_IN_SILENCE.format(command=command))
    small.pytest(env=FOREVER)


def pythons_before_3_8():
    """Parameters: the path of each Python 2.7, 3.6 and 3.7 in pyenv's folder, and None for a dash named python3.7."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [path for version in ("2.7", "3.6", "3.7") for path in sorted(versions.glob(f"{version}.*/bin/python"))]
    return [pytest.param(str(path), id=path.parts[-3]) for path in found] + [pytest.param(None, id="name")]


@pytest.mark.parametrize("python", pythons_before_3_8())
def test_python_that_is_told_to_measure_and_has_no_coverage(small, python):
    # A SIGINT in the place of the SIGKILL would have the program print a traceback, or "interrupted".
    small.write("tool.py", "import sys, time\nsys.stdout.write('ready\\n')\nsys.stdout.flush()\ntime.sleep(600)\n")
    small.write("tool.sh", "trap 'echo interrupted' INT\necho ready\nread line\n")
    if python is None:
        python = shutil.copy(shutil.which("dash"), small.folder / "python3.7")
    program = "tool.sh" if str(python).endswith("python3.7") else "tool.py"
    small.write("test_it.py", f"""
        import subprocess

        def test_it():
            process = subprocess.Popen([{str(python)!r}, {program!r}], env={{"COVERAGE_PROCESS_START": "rc"}},
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert process.stdout.readline() == b"ready\\n"
            process.kill()
            assert process.wait(timeout=30) == -9
            assert process.stdout.read() == b""
    """)
    small.pytest(env=FOREVER)


def test_disabled_is_as_if_it_were_not_there(small):
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("server.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest(env={"COVENV_DISABLE": "1"}).percent("server.py") == 0


@pytest.mark.parametrize("at_the_edge", ["path", "argument", "arguments", "entry", "entries"])
@pytest.mark.parametrize("call", ["execve", "posix_spawn"])
def test_of_a_child_whose_call_reads_up_to_an_unmapped_page(small, call, at_the_edge):
    small.write("e", "#!/bin/sh\nexec env > out\n")
    (small.folder / "e").chmod(0o755)
    small.write("test_it.py", f"""
        import ctypes, mmap, os

        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        PAGE = mmap.PAGESIZE

        def placed(name, data):
            page = libc.mmap(None, ctypes.c_size_t(2 * PAGE), 3, 0x22, -1, 0)
            libc.munmap(ctypes.c_void_p(page + PAGE), ctypes.c_size_t(PAGE))
            address = page + PAGE - len(data) if name == {at_the_edge!r} else page
            ctypes.memmove(address, data, len(data))
            return ctypes.c_void_p(address)

        def pointers(name, *them):
            return placed(name, b"".join((each.value if each else 0).to_bytes(8, "little") for each in them))

        def test_it():
            path = placed("path", b"./e\\0")
            arguments = pointers("arguments", placed("argument", b"e\\0"), None)
            entries = pointers("entries", placed("entry", b"A=b\\0"), None)
            pid = ctypes.c_int()
            if {call!r} == "posix_spawn":
                assert libc.posix_spawn(ctypes.byref(pid), path, None, None, arguments, entries) == 0
                child = pid.value
            elif (child := os.fork()) == 0:
                libc.execve(path, arguments, entries)
                os._exit(1)
            assert os.waitpid(child, 0)[1] == 0
            with open("out") as file:
                lines = file.read().splitlines()
            assert "A=b" in lines
            assert any(line.startswith("LD_PRELOAD=") for line in lines)
    """)
    small.pytest()


AT_THE_EDGE = """
    import ctypes, mmap, os, re, signal, struct

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    PAGE = mmap.PAGESIZE

    def placed(data):
        page = libc.mmap(None, ctypes.c_size_t(2 * PAGE), 3, 0x22, -1, 0)
        libc.munmap(ctypes.c_void_p(page + PAGE), ctypes.c_size_t(PAGE))
        address = page + PAGE - len(data)
        ctypes.memmove(address, data, len(data))
        return ctypes.c_void_p(address)
"""


@pytest.mark.asked
def test_what_is_queued_with_a_signal_may_end_where_its_page_does(small):
    small.write("edge.py", AT_THE_EDGE)
    small.write("test_it.py", """
        from edge import *
        from helpers import start

        def test_it():
            process = start("server.py")
            info = struct.pack("iii116x", signal.SIGKILL, 0, -1)
            assert libc.syscall(129, process.pid, signal.SIGKILL, placed(info)) == 0
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


@pytest.mark.asked
def test_a_filter_may_end_where_its_page_does(small):
    """The library reads a seccomp filter that ends at the end of its page, and disarms the saver.

    The saver makes way for any filter that might kill it.
    """
    small.write("edge.py", AT_THE_EDGE)
    small.write("filtered.py", """
        from edge import *

        def listens():
            with open("/proc/self/status") as status:
                return bool(int(re.search(r"SigCgt:\\t(\\w+)", status.read())[1], 16) & 1 << signal.SIGURG - 1)

        assert listens()
        PTRACE = 101
        steps = [(0x20, 0, 0, 0), (0x15, 0, 1, PTRACE), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7FFF0000)]
        filter = placed(b"".join(struct.pack("HBBI", *step) for step in steps))
        assert libc.prctl(38, 1, 0, 0, 0) == 0
        assert libc.prctl(22, 2, placed(struct.pack("HxxxxxxQ", len(steps), filter.value))) == 0
        assert not listens()
    """)
    small.write("test_it.py", """
        import subprocess
        import sys

        def test_it():
            assert subprocess.run([sys.executable, "filtered.py"], env={}).returncode == 0
    """)
    small.pytest()


def test_a_variable_may_end_where_its_page_does(small):
    small.write("edge.py", AT_THE_EDGE)
    small.write("test_it.py", """
        from edge import *
        import subprocess

        def test_it():
            assert libc.setenv(placed(b"COV_A\\0"), placed(b"1\\0"), 1) == 0
            assert libc.putenv(placed(b"COV_B=2\\0")) == 0
            printed = subprocess.run(["/usr/bin/env"], env={}, capture_output=True, text=True).stdout.split()
            assert "COV_A=1" in printed and "COV_B=2" in printed
    """)
    small.pytest()
