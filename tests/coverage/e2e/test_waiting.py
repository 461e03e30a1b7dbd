# SPDX-License-Identifier: MIT
"""The runner's wait() reports the death that the runner asked for, whatever function it waits by."""

import textwrap

import pytest

WAITS = {
    "Popen.wait": "seen = process.wait()",
    "Popen.communicate": """
        process.communicate()
        seen = process.returncode
    """,
    "Popen.poll": """
        while process.poll() is None:
            pass
        seen = process.returncode
    """,
    "waitpid": "seen = code(os.waitpid(process.pid, 0)[1])",
    "waitpid any": "seen = code(os.waitpid(-1, 0)[1])",
    "wait": "seen = code(os.wait()[1])",
    "wait3": "seen = code(os.wait3(0)[1])",
    "wait4": "seen = code(os.wait4(process.pid, 0)[1])",
    "waitid": "seen = death(os.waitid(os.P_PID, process.pid, os.WEXITED))",
    "waitid pidfd": "seen = death(os.waitid(os.P_PIDFD, os.pidfd_open(process.pid), os.WEXITED))",
    "waitid looks first": """
        assert death(os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)) == -9
        assert death(os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)) == -9
        seen = code(os.waitpid(process.pid, 0)[1])
    """,
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_after_the_kill(small, wait):
    small.write("test_it.py", """
        import os
        from helpers import start

        code = os.waitstatus_to_exitcode

        def death(info):
            assert info.si_code == os.CLD_KILLED
            return -info.si_status

        def test_it():
            process = start("server.py")
            process.kill()
""" + textwrap.indent(textwrap.dedent(wait), " " * 12) + """
            assert seen == -9
    """)
    assert small.pytest().kept("server.py")


BLOCKED = {
    "Popen.wait": "seen.append(process.wait())",
    "waitpid": "seen.append(code(os.waitpid(process.pid, 0)[1]))",
    "waitpid any": "seen.append(code(os.waitpid(-1, 0)[1]))",
    "wait4": "seen.append(code(os.wait4(process.pid, 0)[1]))",
    "waitid": "seen.append(-os.waitid(os.P_PID, process.pid, os.WEXITED).si_status)",
}


@pytest.mark.parametrize("wait", BLOCKED.values(), ids=BLOCKED)
def test_in_a_thread_that_blocked_before_the_kill(small, wait):
    small.write("test_it.py", f"""
        import os, signal, threading
        from helpers import start

        code = os.waitstatus_to_exitcode

        def blocked(thread):
            # A thread that has left Python and sleeps in the kernel. There is no other handshake: wait says nothing.
            with open(f"/proc/self/task/{{thread.native_id}}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "S"

        def test_it():
            process = start("server.py")
            seen = []
            about_to_wait = threading.Event()

            def wait():
                about_to_wait.set()
                {wait}

            thread = threading.Thread(target=wait)
            thread.start()
            about_to_wait.wait()
            while not blocked(thread):
                pass
            os.kill(process.pid, signal.SIGKILL)
            thread.join()
            assert seen == [-9]
    """)
    assert small.pytest().kept("server.py")


def test_asyncio(small):
    small.write("test_it.py", """
        import asyncio, sys
        from asyncio.subprocess import PIPE

        async def killed():
            process = await asyncio.create_subprocess_exec(
                sys.executable, "server.py", env={}, stdin=PIPE, stdout=PIPE)
            assert await process.stdout.readline() == b"ready\\n"
            process.kill()
            return await process.wait()

        def test_it():
            assert asyncio.run(killed()) == -9
    """)
    assert small.pytest().kept("server.py")


def test_the_real_status_on_demand(small):
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("server.py")
            process.kill()
            assert process.wait() in (-2, 130, -15)
    """)
    assert small.pytest(env={"COVENV_KILL": "term", "COVENV_STATUS": "real"}).kept("server.py")


def test_a_death_that_nobody_wanted_keeps_its_status(small):
    small.write("test_it.py", """
        import signal
        from helpers import start

        def test_it():
            killed, left = start("server.py"), start("server.py")
            killed.kill()
            left.send_signal(signal.SIGINT)
            assert killed.wait() == -9
            assert left.wait() == -2
    """)
    small.pytest()


@pytest.mark.asked
def test_a_pid_that_a_killed_process_had_before(small, covenv):
    """Init reaps the killed process, and does not have covenv, so covenv does not hear of it. The pid is used again."""
    small.write("tidy.py", """
        import signal, sys

        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        print("ready", flush=True)
        signal.pause()
    """)
    small.write("test_it.py", """
        import os, signal, subprocess, sys, time
        from pathlib import Path

        def test_it():
            shell = subprocess.run(["sh", "-c", '"$@" >out & echo $!', "sh", sys.executable, "tidy.py"],
                                   stdout=subprocess.PIPE, text=True, env={})
            pid = int(shell.stdout)
            while not Path("out").read_text():
                time.sleep(0.01)
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.01)
            for _ in range(1000):
                Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
                child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], env={})
                assert child.wait() == 3
                if child.pid == pid:
                    return
            raise AssertionError("another process has had the pid each time")
    """)
    small.pytest(through=[covenv, "run", "--quiet", "--kill", "term", "--"])
