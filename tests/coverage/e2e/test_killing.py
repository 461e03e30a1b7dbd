# SPDX-License-Identifier: MIT
"""A killed server's coverage is kept, for any sender and any call."""

import pytest

PATIENT = {"COVENV_KILL": "term", "COVENV_GRACE": "30s"}


@pytest.mark.parametrize("kill", [
    "process.kill()",
    "process.send_signal(signal.SIGKILL)",
    "os.kill(process.pid, signal.SIGKILL)",
    "os.killpg(process.pid, signal.SIGKILL)",
    "os.kill(-process.pid, signal.SIGKILL)",
    "signal.pidfd_send_signal(os.pidfd_open(process.pid), signal.SIGKILL)",
])
def test_by(small, kill):
    small.write("test_it.py", f"""
        import os, signal
        from helpers import start

        def test_it():
            process = start("server.py", preexec_fn=os.setpgrp)
            {kill}
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


def test_by_another_process(small):
    small.write("test_it.py", """
        import subprocess
        from helpers import start

        def test_it():
            process = start("server.py")
            subprocess.run(["sh", "-c", f"kill -9 {process.pid}"], check=True)
            assert process.wait() != 0
    """)
    assert small.pytest().kept("server.py")


STAY = {
    "accept": """
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        ready()
        server.accept()
    """,
    "busy loop": """
        ready()
        while True:
            pass
    """,
    "time.sleep": """
        import time
        ready()
        time.sleep(60)
    """,
    "asyncio": """
        import asyncio
        async def main():
            ready()
            await asyncio.sleep(60)
        asyncio.run(main())
    """,
    "thread join": """
        import threading, time
        thread = threading.Thread(target=time.sleep, args=[60], daemon=True)
        thread.start()
        ready()
        thread.join()
    """,
    "select": """
        import select
        ready()
        select.select([], [], [], 60)
    """,
}


@pytest.mark.parametrize("stay", STAY.values(), ids=STAY)
def test_wherever_it_waits(small, stay):
    small.write("stay.py", """
        from job import work

        def ready():
            work()
            print("ready", flush=True)
    """ + stay)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("stay.py")
            process.kill()
            assert process.wait() == -9
    """)
    report = small.pytest()
    assert report.kept("stay.py", "ready")
    assert report.kept("job.py")


@pytest.mark.parametrize("how", [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")])
@pytest.mark.parametrize("call", ["signal.pause()", "ctypes.PyDLL(None).pause()"])
def test_nothing_behind_the_call_that_a_kill_interrupts_runs(small, call, how):
    small.write("paused.py", f"""
        import atexit, ctypes, os, signal
        from job import work

        work()
        atexit.register(os.write, 1, b"atexit")
        print("ready", flush=True)
        try:
            {call}
            os.write(1, b"the line behind")
        finally:
            os.write(1, b"finally")
    """)
    small.write("test_it.py", """
        import pytest
        from helpers import start

        @pytest.mark.parametrize("round", range(10))
        def test_it(round):
            process = start("paused.py")
            process.kill()
            assert process.wait() == -9
            assert process.stdout.read() == b""
    """)
    report = small.pytest()
    assert report.kept("job.py")
    assert not {'os.write(1, b"the line behind")', 'os.write(1, b"finally")'} & set(report.ran("paused.py", ""))


DROPPED = """
    import os, signal, subprocess, sys
    from job import work

    keep = set(sys.stdlib_module_names) | {"__main__"}
    for name in list(sys.modules):
        if name.partition(".")[0] not in keep:
            del sys.modules[name]
"""


@pytest.mark.parametrize("how", [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")])
@pytest.mark.parametrize("rest", [
    """
    work()
    print("ready", flush=True)
    sys.stdin.read()
    """,
    """
    pid = os.fork()
    if pid == 0:
        work()
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    print("ready", flush=True)
    """,
    """
    # The offer to children is renewed.
    import threading
    threading.Thread(target=int).start()
    child = subprocess.Popen([sys.executable, "child.py"], env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\\n"
    child.kill()
    assert child.wait() == -9
    print("ready", flush=True)
    """,
], ids=["itself", "forked child", "child"])
def test_a_program_that_has_dropped_its_modules(small, rest, how):
    # Hot reload, build tools and zipapp runners remove modules like this.
    small.write("child.py", "from job import work\nwork()\nprint('ready', flush=True)\ninput()\n")
    small.write("dropped.py", DROPPED + rest)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("dropped.py")
            process.kill()
            assert process.wait() in (-9, 0)
    """)
    assert small.pytest().kept("job.py")


def test_other_threads_run_while_kill_waits(small):
    # The dying server waits in each of its rounds for an answer that a thread of the runner gives.
    small.write("chatty.py", """
        import os, signal, sys
        from job import work

        def say_goodbye(number, frame):
            for _ in range(20):
                os.write(1, b"again\\n")
                os.read(0, 1)
            os.write(1, b"done\\n")
            sys.exit(0)

        signal.signal(signal.SIGTERM, say_goodbye)
        work()
        print("ready", flush=True)
        while os.read(0, 1):
            pass
    """)
    small.write("test_it.py", """
        import threading
        from helpers import start

        def test_it():
            process = start("chatty.py", bufsize=0)
            heard = []

            def answer():
                for line in process.stdout:
                    heard.append(line)
                    if line == b"again\\n":
                        process.stdin.write(b".")

            thread = threading.Thread(target=answer)
            thread.start()
            process.kill()
            assert process.wait() == -9
            thread.join()
            assert heard == [b"again\\n"] * 20 + [b"done\\n"]
    """)
    report = small.pytest(env=PATIENT)
    assert report.kept("chatty.py", "say_goodbye")


def test_a_pipe_is_drained_while_kill_waits(small):
    small.write("verbose.py", """
        import os, signal, sys

        def flush_everything(number, frame):
            left = 4 << 20
            while left:
                left -= os.write(1, b"x" * min(left, 65536))
            sys.exit(0)

        signal.signal(signal.SIGTERM, flush_everything)
        print("ready", flush=True)
        while os.read(0, 1):
            pass
    """)
    small.write("test_it.py", """
        import threading
        from helpers import start

        def test_it():
            process = start("verbose.py")
            read = []
            thread = threading.Thread(target=lambda: read.append(process.stdout.read()))
            thread.start()
            process.kill()
            assert process.wait() == -9
            thread.join()
            assert len(read[0]) == 4 << 20
    """)
    assert small.pytest(env=PATIENT).kept("verbose.py", "flush_everything")


def test_stopped(small):
    small.write("test_it.py", """
        import os, signal
        from helpers import start

        def test_it():
            process = start("server.py")
            os.kill(process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


@pytest.mark.parametrize("how", [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")])
def test_stopped_by_the_signal_right_before(small, how):
    small.write("test_it.py", """
        import os, signal
        import pytest
        from helpers import start

        @pytest.mark.parametrize("round", range(10))
        def test_it(round):
            process = start("server.py")
            os.kill(process.pid, signal.SIGSTOP)
            process.kill()
            assert process.wait() == -9
    """)
    # If the killer overlooked the stop, the suite would exceed its time.
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("server.py")


@pytest.mark.parametrize("how", [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")])
@pytest.mark.parametrize("call", ["signal.pause()", "time.sleep(600)", "next(iter(int, 1))", "threading.Event().wait()"])
def test_together_with_an_interrupt(small, call, how):
    small.write("waiting.py", f"""
        import signal, threading, time
        from job import work

        work()
        print("ready", flush=True)
        while True:
            {call}
    """)
    small.write("test_it.py", """
        import os, signal, subprocess
        import pytest
        from helpers import start

        @pytest.mark.parametrize("round", range(5))
        def test_it(round):
            process = start("waiting.py", stderr=subprocess.PIPE)
            # Stopped, it gets both at the same time.
            os.kill(process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            os.kill(process.pid, signal.SIGINT)
            process.kill()
            assert process.communicate() == (b"", b"")
            assert process.returncode == -9
    """)
    assert small.pytest().kept("job.py")


@pytest.mark.parametrize("how", [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")])
@pytest.mark.parametrize("end, status", [("kill", -9), ("terminate", -15)])
def test_while_it_reads_its_program_from_a_pipe(small, end, status, how):
    small.write("test_it.py", f"""
        import os, subprocess, sys

        def test_it():
            process = subprocess.Popen([sys.executable], env={{}}, stdin=subprocess.PIPE)
            process.stdin.write(b"x = 1\\n" * 50000)
            # The pipe's 64 KiB are read: the program is on its way, and does not come to its end.
            process.stdin.flush()
            process.{end}()
            process.communicate()
            assert process.returncode == {status}
    """)
    # A wait for the end of the grace would exceed this suite's time.
    small.pytest(env={"COVENV_GRACE": "300s"})


@pytest.mark.parametrize("how", [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")])
def test_by_many_threads_at_once(small, how):
    small.write("test_it.py", """
        import threading
        from helpers import start

        def test_it():
            process = start("server.py")
            barrier = threading.Barrier(8)

            def kill():
                barrier.wait()
                process.kill()

            threads = [threading.Thread(target=kill) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


def test_a_zombie_keeps_its_status(small):
    small.write("test_it.py", """
        import os, signal, sys

        def test_it():
            pid = os.posix_spawn(sys.executable, [sys.executable, "-c", "raise SystemExit(3)"], {})
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            os.kill(pid, signal.SIGKILL)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    """)
    small.pytest()


def test_a_reaped_process_is_missing(small):
    small.write("test_it.py", """
        import os, signal
        import pytest
        from helpers import start

        def test_it():
            process = start("server.py")
            process.kill()
            process.wait()
            with pytest.raises(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    """)
    small.pytest()


KILLED = """
    from helpers import start

    def test_it():
        process = start("server.py")
        process.kill()
        assert process.wait() == -9
"""


@pytest.mark.journal
def test_what_is_not_asked_is_kept_by_its_journal(small):
    small.write("test_it.py", KILLED)
    assert small.pytest(env={"COVENV_KILL": "off"}).kept("server.py")


@pytest.mark.asked
def test_off_means_off(small):
    small.write("test_it.py", KILLED)
    assert small.pytest(env={"COVENV_KILL": "off"}).percent("server.py") == 0


@pytest.mark.each_stack
def test_a_group_of_two(small):
    small.write("second.py", """
        import runpy
        from job import work

        work()
        runpy.run_path("server.py", run_name="__main__")
    """)
    small.write("test_it.py", """
        import os, signal
        from helpers import start

        def test_it():
            leader = start("server.py", preexec_fn=os.setpgrp)
            second = start("second.py", preexec_fn=lambda: os.setpgid(0, leader.pid))
            os.killpg(leader.pid, signal.SIGKILL)
            assert leader.wait() == -9
            assert second.wait() == -9
    """)
    report = small.pytest()
    assert report.kept("server.py")
    assert report.kept("job.py")


def test_a_group_of_more_than_fit_at_once(small):
    count = 150
    functions = "\n".join(f"def work_{i}():\n    return {i}\n" for i in range(count))
    small.write("forks.py", f"""
import os, sys, time

{functions}
for i in range({count}):
    if os.fork() == 0:
        globals()[f"work_{{i}}"]()
        os.write(1, b"w")
        time.sleep(600)
sys.stdout.buffer.raw.write(b"ready\\n")
time.sleep(600)
""")
    small.write("test_it.py", f"""
        import os, signal
        from subprocess import PIPE, Popen
        import sys

        def test_it():
            process = Popen([sys.executable, "forks.py"], env={{}}, stdout=PIPE, start_new_session=True)
            said = b""
            while said.count(b"w") < {count} or b"ready" not in said:
                said += process.stdout.read1()
            os.killpg(process.pid, signal.SIGKILL)
            assert process.wait() == -9
    """)
    report = small.pytest(env={"COVENV_GRACE": "50s"})
    assert [i for i in range(count) if not report.kept("forks.py", f"work_{i}")] == []
