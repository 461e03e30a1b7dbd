# SPDX-License-Identifier: MIT
"""Killers of all kinds, in all contexts, even such as end meanwhile: the target is saved, and dies of their signal."""

import pytest

LONG = {"COVENV_GRACE": "300s"}

KILLER = """
    import os, signal, sys

    print("ready", flush=True)
    os.read(0, 1)
    os.kill(int(sys.argv[1]), signal.SIGKILL)
    print("killed", flush=True)
    os.read(0, 1)
"""

WAYS_TO_END = {
    "SIGKILL": ("raw_kill(killer.pid, 9)", -9),
    "SIGALRM": ("raw_kill(killer.pid, 14)", -14),
    "_exit": ("killer.stdin.write(b'.')", 5),
}


# A target whose thread keeps the GIL until it is told to give it up, so that the save has to wait.
@pytest.fixture
def slow(small):
    small.write("slow.py", """
        import ctypes, os, subprocess
        from job import work

        work()
        reader = subprocess.Popen(["head", "-c", "1"], stdout=subprocess.DEVNULL)
        print("ready", flush=True)
        # Not a read of its own, in which the saver could have the GIL.
        ctypes.PyDLL(None).waitpid(reader.pid, None, 0)
        while True:
            os.read(0, 1)
    """)
    small.write("killer.py", """
        import os, signal, sys, threading

        def leave():
            os.read(0, 1)
            os._exit(5)

        print("ready", flush=True)
        os.read(0, 1)
        threading.Thread(target=leave, daemon=True).start()
        os.kill(int(sys.argv[1]), signal.SIGKILL)
        threading.Event().wait()
    """)
    small.write("outside.py", """
        import os, subprocess

        def raw_kill(pid, number):
            # By a process without the library.
            subprocess.run(["/bin/kill", f"-{number}", str(pid)], env={"LD_PRELOAD": "", "COVENV_DISABLE": "1"}, check=True)

        def is_asked(process):
            # The thread that saves is there.
            return len(os.listdir(f"/proc/{process.pid}/task")) == 2
    """)
    return small


@pytest.mark.asked
@pytest.mark.parametrize("end, status", WAYS_TO_END.values(), ids=WAYS_TO_END)
def test_ends_while_it_waits(slow, end, status):
    slow.write("test_it.py", f"""
        from helpers import start
        from outside import is_asked, raw_kill

        def test_it():
            target = start("slow.py", bufsize=0)
            killer = start("killer.py", str(target.pid), bufsize=0)
            killer.stdin.write(b".")
            while not is_asked(target):
                pass
            {end}
            assert killer.wait() == {status}
            assert target.poll() is None
            target.stdin.write(b".")
            assert target.wait() == -9
    """)
    assert slow.pytest(env=LONG).kept("job.py")


@pytest.mark.asked
def test_ends_while_it_waits_for_a_save_that_hangs(slow):
    slow.write("test_it.py", """
        from helpers import start
        from outside import is_asked, raw_kill

        def test_it():
            target = start("slow.py")
            killer = start("killer.py", str(target.pid), bufsize=0)
            killer.stdin.write(b".")
            while not is_asked(target):
                pass
            raw_kill(killer.pid, 9)
            assert killer.wait() == -9
            assert target.wait(timeout=40) == -9
    """)
    slow.pytest(env={"COVENV_GRACE": "2s"})


def test_two_at_once(small):
    small.write("killer.py", KILLER)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            target = start("server.py")
            killers = [start("killer.py", str(target.pid), bufsize=0) for _ in range(2)]
            for killer in killers:
                killer.stdin.write(b".")
            for killer in killers:
                assert killer.stdout.readline() == b"killed\\n"
                killer.stdin.write(b".")
                assert killer.wait() == 0
            assert target.wait() == -9
    """)
    assert small.pytest(env=LONG).kept("server.py")


REAPERS = {
    "SIGCHLD handler": ("""
        import os, signal
        from helpers import start

        def test_it():
            seen = []
            def reap(number, frame):
                seen.append(os.waitpid(-1, 0))
            process = start("server.py")
            signal.signal(signal.SIGCHLD, reap)
            os.kill(process.pid, signal.SIGKILL)
            while not seen:
                signal.pause()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            assert seen == [(process.pid, 9)]
            process.returncode = -9
    """),
    "SIGCHLD ignored": ("""
        import os, signal
        import pytest
        from helpers import start

        def test_it():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            process = start("server.py")
            os.kill(process.pid, signal.SIGKILL)
            with pytest.raises(ChildProcessError):
                os.waitpid(process.pid, 0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            process.returncode = -9
    """),
    "wakeup descriptor": ("""
        import os, signal, socket
        from helpers import start

        def test_it():
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            process = start("server.py")
            signal.signal(signal.SIGCHLD, lambda *_: None)
            signal.set_wakeup_fd(theirs.fileno())
            process.kill()
            assert ours.recv(1) == bytes([signal.SIGCHLD])
            signal.set_wakeup_fd(-1)
            assert process.poll() == -9
    """),
    "pidfd": ("""
        import os, select
        from helpers import start

        def test_it():
            process = start("server.py")
            pidfd = os.pidfd_open(process.pid)
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            assert poll.poll(0) == []
            process.kill()
            assert poll.poll() == [(pidfd, select.POLLIN)]
            assert os.waitid(os.P_PIDFD, pidfd, os.WEXITED).si_status == 9
            process.returncode = -9
    """),
}


@pytest.mark.parametrize("suite", REAPERS.values(), ids=REAPERS)
@pytest.mark.parametrize("mode", ["save", "term"])
def test_however_it_hears_of_the_end(small, suite, mode):
    small.write("test_it.py", suite)
    assert small.pytest(env=LONG | {"COVENV_KILL": mode}).kept("server.py")


@pytest.mark.parametrize("watcher", ["PidfdChildWatcher", "ThreadedChildWatcher", "SafeChildWatcher", "MultiLoopChildWatcher"])
def test_asyncio_with(small, watcher):
    small.write("test_it.py", f"""
        import asyncio, sys
        from asyncio.subprocess import PIPE

        async def killed():
            watcher = asyncio.{watcher}()
            watcher.attach_loop(asyncio.get_running_loop())
            asyncio.set_child_watcher(watcher)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "server.py", env={{}}, stdin=PIPE, stdout=PIPE)
            assert await process.stdout.readline() == b"ready\\n"
            process.kill()
            return await process.wait()

        def test_it():
            assert asyncio.run(killed()) == -9
    """)
    assert small.pytest(env=LONG).kept("server.py")


@pytest.mark.parametrize("kill", ["os.kill(0, 9)", "os.killpg(os.getpgrp(), 9)", "os.kill(-os.getpgrp(), 9)"])
def test_the_whole_group_that_it_is_in(small, kill):
    small.write("leader.py", f"""
        import os
        from helpers import start

        def lead():
            start("server.py")
            print("ready", flush=True)
            os.read(0, 1)
            {kill}

        lead()
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            leader = start("leader.py", preexec_fn=os.setpgrp, bufsize=0)
            leader.stdin.write(b".")
            assert leader.wait() == -9
    """.replace("from helpers", "import os\n        from helpers", 1))
    report = small.pytest(env=LONG)
    assert report.kept("leader.py", "lead")
    assert report.kept("server.py")
