# SPDX-License-Identifier: MIT
"""A signal ends a measured process: its data are kept, its parent sees the signal, and none of its own code runs."""

import pytest

pytestmark = pytest.mark.each_stack


@pytest.mark.parametrize("kill, status", [
    ("process.terminate()", -15),
    ("os.kill(process.pid, signal.SIGTERM)", -15),
    ("process.send_signal(signal.SIGHUP)", -1),
    ("process.send_signal(signal.SIGUSR1)", -10),
    ("os.killpg(process.pid, signal.SIGTERM)", -15),
    ("signal.pidfd_send_signal(os.pidfd_open(process.pid), signal.SIGTERM)", -15),
    ("psutil.Process(process.pid).kill()", -9),
    ("psutil.Process(process.pid).terminate()", -15),
])
def test_by(small, kill, status):
    small.write("test_it.py", f"""
        import os, signal
        import psutil
        from helpers import start

        def test_it():
            process = start("server.py", preexec_fn=os.setpgrp)
            {kill}
            assert process.wait() == {status}
    """)
    assert small.pytest().kept("server.py")


def test_an_interrupt_that_nothing_handles(small):
    small.write("deaf.py", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nimport server\n")
    small.write("test_it.py", """
        import signal
        from helpers import start

        def test_it():
            process = start("deaf.py")
            process.send_signal(signal.SIGINT)
            assert process.wait() == -2
    """)
    assert small.pytest().kept("server.py")


@pytest.mark.parametrize("end, status", [("kill", -9), ("terminate", -15)])
def test_asyncio(small, end, status):
    small.write("test_it.py", f"""
        import asyncio, sys

        async def main():
            process = await asyncio.create_subprocess_exec(
                sys.executable, "server.py", env={{}},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            assert await process.stdout.readline() == b"ready\\n"
            process.{end}()
            assert await process.wait() == {status}

        def test_it():
            asyncio.run(main())
    """)
    assert small.pytest().kept("server.py")


@pytest.mark.parametrize("end, status", [("kill", -9), ("terminate", -15)])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(small, method, end, status):
    small.write("worker.py", """
        import time
        from job import work

        def run(ready):
            work()
            ready.set()
            time.sleep(60)
    """)
    small.write("test_it.py", f"""
        import multiprocessing
        import worker

        def test_it():
            context = multiprocessing.get_context({method!r})
            ready = context.Event()
            process = context.Process(target=worker.run, args=[ready])
            process.start()
            assert ready.wait(30)
            process.{end}()
            process.join()
            assert process.exitcode == {status}
    """)
    assert small.pytest().kept("job.py")


def test_a_main_thread_that_never_idles_and_keeps_the_gil(small):
    # The switch interval of 600 s is much longer than the grace, so the interpreter will not take the GIL away in time.
    small.write("busy.py", """
        import sys

        from job import work

        work()
        sys.setswitchinterval(600)
        print("ready", flush=True)
        while True:
            pass
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("busy.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("job.py")


POLITE = """
        import os, signal, sys

        def stop(*_):
            os.write(1, b"handled\\n")
            sys.exit(3)

        signal.signal(signal.SIGTERM, stop)
        import server
"""


def test_a_handler_of_the_childs_own_gets_its_signal(small):
    small.write("polite.py", POLITE)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("polite.py")
            process.terminate()
            assert process.stdout.read() == b"handled\\n"
            assert process.wait() == 3
    """)
    assert small.pytest().kept("server.py")


def test_a_crash_stays_a_crash(small):
    small.write("crash.py", """
        import atexit, signal, sys
        from job import work

        def note(what):
            with open("ran.txt", "a") as file:
                file.write(what)

        atexit.register(note, "atexit")
        signal.signal(signal.SIGTERM, lambda *_: note("handler"))
        half = open("half.txt", "w")
        try:
            half.write("half")
            work()
            print("ready", flush=True)
            sys.stdin.read()
        finally:
            note("finally")
    """)
    small.write("test_it.py", """
        import os
        from helpers import start

        def test_it():
            process = start("crash.py")
            process.kill()
            assert process.wait() == -9
            assert not os.path.exists("ran.txt")
            assert open("half.txt").read() == ""
    """)
    assert small.pytest().kept("job.py")


def test_term_prefers_the_programs_own_end(small):
    small.write("polite.py", POLITE)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("polite.py")
            process.kill()
            assert process.stdout.read() == b"handled\\n"
            assert process.wait() == -9
    """)
    assert small.pytest(env={"COVENV_KILL": "term"}).kept("server.py")


def test_its_own_handler_of_the_asking_signal(small):
    small.write("urgent.py", """
        import os, signal

        seen = []
        assert signal.getsignal(signal.SIGURG) == signal.SIG_DFL
        assert signal.signal(signal.SIGURG, lambda *_: seen.append(1)) == signal.SIG_DFL
        os.kill(os.getpid(), signal.SIGURG)
        assert seen == [1]
        import server
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("urgent.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


def test_between_coverages_own_stop_and_its_save(small):
    small.write("leaving.py", """
        import time
        import coverage
        from job import work

        current = coverage.Coverage.current()

        def stop(stops=current.stop):
            stops()
            print("ready", flush=True)
            time.sleep(0.2)

        work()
        current.stop = stop
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("leaving.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("job.py")


def test_whose_threads_measure_meanwhile(small):
    # Coverage before 7.10 raises this error if another thread has run a new line; a second try loses nothing.
    small.write("changing.py", """
        import coverage
        from job import work

        work()
        collector = coverage.Coverage.current()._collector
        flushes = collector.flush_data
        failures = iter(range(3))

        def flush():
            if next(failures, None) is not None:
                raise RuntimeError("Set changed size during iteration")
            return flushes()

        collector.flush_data = flush
        print("ready", flush=True)
        input()
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("changing.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("job.py")


def test_a_program_that_saves_all_the_time(small):
    small.write("saving.py", """
        import coverage
        from job import work

        work()
        print("ready", flush=True)
        while True:
            coverage.Coverage.current().save()
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("saving.py")
            process.kill()
            assert process.wait() == -9
    """)
    # A wait for the end of the grace would exceed this suite's time.
    assert small.pytest(env={"COVENV_GRACE": "600s"}).kept("job.py")


@pytest.mark.parametrize("options, env", [
    (["-X", "dev"], {}),
    (["-W", "error"], {}),
    (["-I", "-S", "-E"], {}),
    ([], {"PYTHONMALLOC": "debug"}),
    (["-X", "faulthandler"], {"PYTHONFAULTHANDLER": "1"}),
], ids=["dev", "warnings", "isolated", "malloc", "faulthandler"])
def test_an_interpreter_that_is_strict(small, options, env):
    small.write("test_it.py", f"""
        import subprocess, sys

        def test_it():
            process = subprocess.Popen([sys.executable, *{options}, "server.py"], env={env}, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert process.stdout.readline() == b"ready\\n"
            process.kill()
            assert process.communicate() == (b"", b"")
            assert process.returncode == -9
    """)
    assert small.pytest().kept("server.py")
