# SPDX-License-Identifier: MIT
"""Suites as users write them, whose coverage was lost or wrong below covenv before there were journals."""

import pytest

pytestmark = pytest.mark.journal

SLOW = """
    import sys
    import threading
    import time

    def sleep():
        print("working", flush=True)
        time.sleep(60)

    def busy():
        print("working", flush=True)
        while True:
            pass

    def lock():
        lock = threading.Lock()
        lock.acquire()
        print("working", flush=True)
        lock.acquire()

    globals()[sys.argv[1]]()
"""


@pytest.mark.parametrize("kind", ["sleep", "busy", "lock"])
@pytest.mark.parametrize("name", ["ABRT", "KILL", "TERM"])
def test_a_time_limit(small, kind, name):
    """A program that hangs is ended by `timeout`, by ABRT in order to get a traceback: its coverage is kept."""
    small.write("slow.py", SLOW)
    small.write("test_it.py", f"""
        import subprocess
        import sys

        def test_it():
            env = {{"PATH": "/usr/bin:/bin", "PYTHONFAULTHANDLER": "1"}}
            for limit in ("1", "5", "25"):  # a loaded machine may need more to begin the work
                done = subprocess.run(["timeout", "-k", "5", "-s", {name!r}, limit, sys.executable, "slow.py", {kind!r}],
                                      env=env, capture_output=True, text=True)
                if done.stdout:
                    break
            assert done.returncode == {-9 if name == "KILL" else 124}
            assert done.stdout == "working\\n"
            assert done.stderr.startswith("Fatal Python error: Aborted") if {name == "ABRT"} else done.stderr == ""
    """)
    assert small.pytest().kept("slow.py", kind)


@pytest.mark.parametrize("how, status", [("kill", -9), ("terminate", -15)])
def test_a_program_that_drops_its_modules(small, how, status):
    """The program removes its modules from sys.modules, as hot reload, build tools and zipapp runners do."""
    small.write("forge.py", """
        import sys
        import time

        def scrub():
            keep = set(sys.stdlib_module_names) | set(sys.builtin_module_names) | {"__main__"}
            for name in list(sys.modules):
                if name.partition(".")[0] not in keep:
                    del sys.modules[name]

        def serve():
            scrub()
            n = 0
            print("ready", flush=True)
            while True:
                n += 1
                if n > 2:
                    print("served", flush=True)
                time.sleep(0.01)

        serve()
    """)
    small.write("test_it.py", f"""
        from helpers import start

        def test_it():
            process = start("forge.py")
            assert process.stdout.readline() == b"served\\n"
            while process.stdout.readline() != b"served\\n":
                pass
            process.{how}()
            assert process.wait() == {status}
    """)
    report = small.pytest()
    assert report.kept("forge.py", "scrub")
    assert report.kept("forge.py", "serve")


@pytest.mark.parametrize("number", [9, 15])
def test_a_supervisor_that_is_killed_with_its_worker(small, number):
    """Both die in the order in which they are killed, so the supervisor sees no worker die, and starts no new one."""
    small.write("worker.py", """
        import time

        def serve():
            n = 0
            while True:
                n += 1
                if n == 3:
                    print("up", flush=True)
                time.sleep(0.01)

        serve()
    """)
    small.write("keeper.py", """
        import subprocess
        import sys

        log = open("keeper.log", "a", buffering=1)

        def keep():
            while True:
                worker = subprocess.Popen([sys.executable, "worker.py"])
                log.write("started\\n")
                code = worker.wait()
                log.write(f"died {code}\\n")
                sys.stderr.write("keeper: worker died, starting it again\\n")

        try:
            keep()
        finally:
            log.write("finally\\n")
    """)
    small.write("test_it.py", f"""
        import os
        import subprocess
        import sys

        def test_it():
            process = subprocess.Popen([sys.executable, "keeper.py"], start_new_session=True, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            assert process.stdout.readline() == b"up\\n"
            os.killpg(process.pid, {number})
            assert process.communicate(timeout=20) == (b"", b"")
            assert process.returncode == -{number}
            assert open("keeper.log").read() == "started\\n"
    """)
    report = small.pytest()
    assert report.kept("worker.py", "serve")
    assert report.ran("keeper.py", "keep") == [
        "while True:",
        'worker = subprocess.Popen([sys.executable, "worker.py"])',
        'log.write("started\\n")',
        "code = worker.wait()",
    ]
