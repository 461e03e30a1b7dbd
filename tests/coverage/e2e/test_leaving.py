# SPDX-License-Identifier: MIT
"""Ends at which no atexit function runs: the data of a measured process are kept, and a crash stays the same crash."""

import pytest

pytestmark = pytest.mark.each_stack


def run(project, program, status=0):
    project.write("program.py", program)
    project.write("test_it.py", f"""
        import subprocess, sys

        def test_it():
            result = subprocess.run([sys.executable, "program.py"], env={{}}, capture_output=True, text=True, timeout=30)
            assert (result.returncode, result.stderr) == ({status}, "")
    """)
    return project.pytest()


def test_os_exit(small):
    assert run(small, """
        import os
        from job import work
        work()
        os._exit(5)
    """, 5).kept("job.py")


@pytest.mark.parametrize("end, status", [
    ("signal.raise_signal(signal.SIGTERM)", -15),
    ("os.kill(os.getpid(), signal.SIGTERM)", -15),
    ("os.kill(os.getpid(), signal.SIGKILL)", -9),
    ("signal.pidfd_send_signal(os.pidfd_open(os.getpid()), signal.SIGHUP)", -1),
])
def test_a_signal_to_itself(small, end, status):
    small.write("leaving.py", f"import os, signal\nfrom job import work\nwork()\n{end}\n")
    small.write("test_it.py", f"""
        import subprocess, sys

        def test_it():
            assert subprocess.run([sys.executable, "leaving.py"], env={{}}).returncode == {status}
    """)
    assert small.pytest().kept("job.py")


PTHREAD_KILL = """
    import signal, threading
    from job import work

    work()
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
"""


@pytest.mark.asked
def test_pthread_kill_on_itself_is_not_seen(small):
    assert not run(small, PTHREAD_KILL, -15).kept("job.py")


# These ends are seen by no hook of the library, or leave no time to save, so only a journal keeps the coverage.
@pytest.mark.journal
@pytest.mark.parametrize("end, status", [
    (PTHREAD_KILL.splitlines()[-1].strip(), -15),
    ("os.abort()", -6),
    ("ctypes.string_at(0)", -11),
    ("ctypes.CDLL(None).syscall(231, 5)", 5),
    ("ctypes.CDLL(None).exit(5)", 5),
    ("ctypes.CDLL(None)._exit(5)", 5),
    ("resource.setrlimit(resource.RLIMIT_CPU, (1, 1)); spin()", -9),
], ids=["pthread_kill", "abort", "SIGSEGV", "exit_group", "exit", "_exit", "RLIMIT_CPU"])
def test_a_journal_keeps_what_ends_at_once(small, end, status):
    small.write("ending.py", "def spin():\n    while True:\n        pass\n")
    assert run(small, f"""
        import ctypes, os, resource, signal, threading
        from ending import spin
        from job import work

        work()
        {end}
    """, status).kept("job.py")


def test_a_signal_to_itself_that_it_handles_saves_nothing(small):
    small.write("handling.py", """
        import glob, os, signal

        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        before = sorted(os.listdir())
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
            signal.raise_signal(number)
            os.kill(os.getpid(), number)
        assert sorted(os.listdir()) == before
    """)
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            assert subprocess.run([sys.executable, "handling.py"], env={}).returncode == 0
    """)
    small.pytest()


def test_os_exit_in_a_forked_child(small):
    assert run(small, """
        import os
        pid = os.fork()
        if pid == 0:
            from job import work
            work()
            os._exit(5)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    """).kept("job.py")


def test_a_forked_child_of_the_runner(small):
    small.write("test_it.py", """
        import os

        def test_it():
            pid = os.fork()
            if pid == 0:
                from job import work
                work()
                os._exit(5)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    """)
    assert small.pytest().kept("job.py")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(small, method):
    small.write("test_it.py", f"""
        import multiprocessing
        import job

        def test_it():
            process = multiprocessing.get_context({method!r}).Process(target=job.work)
            process.start()
            process.join()
            assert process.exitcode == 0
    """)
    assert small.pytest().kept("job.py")


def test_process_pool(small):
    small.write("test_it.py", """
        import concurrent.futures
        import job

        def test_it():
            with concurrent.futures.ProcessPoolExecutor(2) as pool:
                assert pool.submit(job.work).result() == 3
    """)
    assert small.pytest().kept("job.py")


@pytest.mark.parametrize("call", [
    'os.execv("/bin/sh", ["sh", "-c", "exit 5"])',
    'os.execve("/bin/sh", ["sh", "-c", "exit 5"], {})',
    'os.execvp("sh", ["sh", "-c", "exit 5"])',
    'os.execlp("sh", "sh", "-c", "exit 5")',
])
def test_exec_in_place(small, call):
    assert run(small, f"""
        import os
        from job import work
        work()
        {call}
    """, 5).kept("job.py")


def test_exec_of_another_python(small):
    small.write("first.py", "done = 1\n")
    report = run(small, """
        import os, sys
        import first
        os.execve(sys.executable, [sys.executable, "job.py"], {})
    """)
    assert report.kept("job.py")
    assert report.percent("first.py") == 100


def test_a_failed_exec_saves_nothing(small):
    run(small, """
        import glob, os
        before = glob.glob(".coverage*")
        try:
            os.execv("/nonexistent", ["x"])
        except FileNotFoundError:
            pass
        assert glob.glob(".coverage*") == before
    """)


def test_after_an_exec_that_fails_late_the_interpreter_is_as_it_was(small):
    run(small, """
        import gc, os, sys
        with open("empty", "w") as file:
            os.fchmod(file.fileno(), 0o755)
        sys.setswitchinterval(0.002)
        for on in True, False:
            (gc.enable if on else gc.disable)()
            try:
                os.execv("./empty", ["empty"])
            except OSError:
                pass
            assert gc.isenabled() == on
        gc.enable()
        assert sys.getswitchinterval() == 0.002
    """)


def test_popen_saves_nothing(small):
    run(small, """
        import glob, subprocess
        before = glob.glob(".coverage*")
        subprocess.run(["true"], check=True)
        subprocess.run(["true"], check=True, preexec_fn=int)
        assert glob.glob(".coverage*") == before
    """)


@pytest.mark.parametrize("crash, status", [
    ("os.abort()", -6),
    ("ctypes.string_at(0)", -11),
    ("os.kill(os.getpid(), signal.SIGKILL)", -9),
])
def test_crashes_stay_what_they_are(small, crash, status):
    run(small, f"""
        import ctypes, os, signal
        {crash}
    """, status)
