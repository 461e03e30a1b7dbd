# SPDX-License-Identifier: MIT
"""The coverage of a measured command below sigforward is kept, however the wrapper ends.

No project here sets `sigterm = true`, so a SIGTERM that reaches the command as such is the end of its data.
"""

import inspect
import os
import subprocess

import pytest
from wrapped import guards_of


@pytest.fixture
def wrapped(small, sigforward):
    small.write("wrapped.py", f"""
        import subprocess, sys

        def start(*options, program="server.py", **popen):
            command = [{str(sigforward)!r}, *options, "--", sys.executable, program]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, **popen)
            assert process.stdout.readline()
            return process
    """)
    small.write("server.py", """
        import time
        from job import work

        work()
        print("ready", flush=True)
        time.sleep(60)
    """)
    return small


KILLS = {
    "kill": "process.kill()",
    "os.kill": "os.kill(process.pid, 9)",
    "killpg": "os.killpg(process.pid, 9)",
    "pidfd": "signal.pidfd_send_signal(os.pidfd_open(process.pid), 9)",
}


@pytest.mark.parametrize("options", [[], ["--grace", "20s"], ["--signals", "TERM:10s,INT:10s"]], ids=str)
@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
def test_a_killed_wrapper_returns_after_the_save(wrapped, kill, options):
    wrapped.write("test_it.py", f"""
        import glob, os, signal
        from wrapped import start

        def test_it():
            process = start(*{options!r}, start_new_session=True)
            {kill}
            assert not any(map(is_our_server, glob.glob("/proc/[0-9]*")))
            assert process.wait(20) == -9

        def is_our_server(process):
            try:
                with open(process + "/cmdline", "rb") as file:
                    return b"server.py" in file.read() and os.readlink(process + "/cwd") == os.getcwd()
            except OSError:
                return False
    """)
    assert wrapped.pytest().kept("job.py")


def test_a_wrapper_that_is_to_wait_longer_than_a_kill_gets_its_time(wrapped):
    """A kill of sigforward waits for --grace, not for COVENV_GRACE: the command's own handler takes longer to save."""
    wrapped.write("server.py", """
        import signal, sys, time
        from job import work

        def slowly(*_):
            time.sleep(1.5)
            work()
            sys.exit()

        signal.signal(signal.SIGTERM, slowly)
        print("ready", flush=True)
        time.sleep(60)
    """)
    wrapped.write("test_it.py", """
        from wrapped import start

        def test_it():
            process = start("--grace", "30s")
            process.kill()
            assert process.wait(5) == -9
    """)
    assert wrapped.pytest(env={"COVENV_GRACE": "100ms"}).kept("job.py")


def test_a_wrapper_that_is_to_wait_for_ever_does_not_make_a_kill_wait_for_ever(wrapped):
    wrapped.write("server.py", """
        import signal, time

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(600)
    """)
    wrapped.write("test_it.py", """
        import os
        from pathlib import Path
        from wrapped import start

        def test_it():
            process = start("--grace", "inf")
            child = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
            process.kill()
            assert process.wait(20) == -9
            os.kill(child, 9)  # it has its time still: the guard goes on waiting
            assert process.stdout.read() == b""
    """)
    wrapped.pytest(cov=False)


def test_a_stopped_wrapper_is_continued_so_that_it_can_act(wrapped):
    wrapped.write("test_it.py", """
        import os, signal
        from wrapped import start

        def test_it():
            process = start()
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            process.kill()
            assert process.wait(20) == -15
    """)
    assert wrapped.pytest(env={"COVENV_STATUS": "real"}).kept("job.py")


def test_a_killed_wrapper_tells_the_real_status_where_it_is_wanted(wrapped):
    wrapped.write("test_it.py", """
        from wrapped import start

        def test_it():
            process = start()
            process.kill()
            assert process.wait(20) == -15
    """)
    assert wrapped.pytest(env={"COVENV_STATUS": "real"}).kept("job.py")


@pytest.mark.parametrize("signal", [15, 1])
def test_a_signal_to_the_wrapper_saves(wrapped, signal):
    wrapped.write("test_it.py", f"""
        from wrapped import start

        def test_it():
            process = start()
            process.send_signal({signal})
            assert process.wait(20) == -{signal}
    """)
    assert wrapped.pytest().kept("job.py")


PERL = '$| = 1; $SIG{USR1} = sub { $go = 1 }; print "up\n"; sleep 1 until $go; exec @ARGV'
HANDLES_ONE = {
    "and executes the measured one": ["--", "perl", "-e", PERL],
    "and goes back to the default": [],
}


@pytest.mark.parametrize("options", HANDLES_ONE.values(), ids=HANDLES_ONE)
def test_a_signal_that_was_handled_before_saves(wrapped, options):
    """The second signal saves, although the command handled the first one: sigforward looks at the command again.

    In a storm of signals it looks only once, and the command may have changed its handlers meanwhile.
    """
    wrapped.write("server.py", """
        import signal, time
        from job import work

        def once(*_):
            signal.signal(signal.SIGUSR1, signal.SIG_DFL)
            print("handled", flush=True)

        work()
        signal.signal(signal.SIGUSR1, HANDLER)
        print("ready", flush=True)
        while True:
            time.sleep(0.1)
    """.replace("HANDLER", "signal.SIG_DFL" if options else "once"))
    wrapped.write("test_it.py", f"""
        from wrapped import start

        def test_it():
            process = start(*{options!r})
            process.send_signal(10)
            assert process.stdout.readline()
            process.send_signal(10)
            assert process.wait(20) == -10
    """)
    assert wrapped.pytest().kept("job.py")


def test_members_of_the_group_save(wrapped):
    wrapped.write("parent.py", """
        import subprocess, sys

        print(subprocess.Popen([sys.executable, "server.py"], stdout=subprocess.PIPE).stdout.readline(), flush=True)
        sys.stdin.read()
    """)
    wrapped.write("test_it.py", """
        import subprocess
        from wrapped import start

        def test_it():
            process = start(program="parent.py", stdin=subprocess.PIPE)
            process.terminate()
            assert process.wait(20) == -15
    """)
    assert wrapped.pytest().kept("job.py")


OUTSIDE = {
    "wrapper": ["wrapper"],
    "guards, then wrapper": ["guards", "wrapper"],
}


@pytest.mark.parametrize("killed", OUTSIDE.values(), ids=OUTSIDE)
def test_killed_from_outside_covenv_the_command_saves(wrapped, killed):
    """The kernel's parent-death signal asks the command to save, and does not kill the command."""
    wrapped.write("guards.py", "import contextlib\nfrom pathlib import Path\n\n" + inspect.getsource(guards_of))
    wrapped.write("test_it.py", f"""
        import os, subprocess
        from pathlib import Path
        from guards import guards_of
        from wrapped import start

        def test_it():
            process = start("--grace", "20s")
            child = int(Path(f"/proc/{{process.pid}}/task/{{process.pid}}/children").read_text())
            pids = {{"wrapper": [process.pid], "guards": guards_of(child)}}
            assert len(pids["guards"]) == 2
            for name in {killed!r}:
                for pid in pids[name]:
                    subprocess.run(["/bin/kill", "-9", str(pid)], env={{"COVENV_DISABLE": "1"}}, check=True)
            assert process.stdout.read() == b""  # its end is the command's
            assert process.wait(20) == -9
    """)
    assert wrapped.pytest().kept("job.py")


@pytest.mark.parametrize("where", ["try_exec()", "t = threading.Thread(target=try_exec); t.start(); t.join()"],
                         ids=["main thread", "another thread"])
def test_a_failed_exec_leaves_the_end_of_the_wrapper_with_the_saver(wrapped, where):
    wrapped.write("server.py", f"""
        import os, threading, time
        from job import work

        def try_exec():
            try:
                os.execv("/nonexistent", ["it"])
            except OSError:
                pass

        {where}
        work()
        print("ready", flush=True)
        time.sleep(600)
    """)
    wrapped.write("test_it.py", """
        import subprocess
        from wrapped import start

        def test_it():
            process = start("--no-guard")
            subprocess.run(["/bin/kill", "-9", str(process.pid)], env={"COVENV_DISABLE": "1"}, check=True)
            assert process.wait(20) == -9
            assert process.stdout.read() == b""  # its end is the command's
    """)
    assert wrapped.pytest().kept("job.py")


def test_without_the_library_in_the_runner_a_kill_saves(wrapped):
    wrapped.set_variables()
    wrapped.write("test_it.py", """
        from wrapped import start

        def test_it():
            process = start()
            process.kill()
            assert process.wait(20) == -9
            assert process.stdout.read() == b""
    """)
    assert wrapped.pytest(preload=False).kept("job.py")


def test_no_preload_leaves_the_command_without_a_saver(wrapped):
    wrapped.set_variables()
    wrapped.write("test_it.py", """
        from wrapped import start

        def test_it():
            process = start("--no-preload")
            process.kill()
            assert process.wait(20) == -9
            assert process.stdout.read() == b""
    """)
    assert not wrapped.pytest(preload=False).kept("job.py")


def test_a_command_of_another_architecture_gets_no_library(sigforward, libcovenv, tmp_path):
    """A 32-bit command gets no LD_PRELOAD, because its loader would complain about the 64-bit library."""
    source = tmp_path / "small.c"
    source.write_text('#include <stdlib.h>\nint main(void) { return getenv("LD_PRELOAD") ? 1 : 0; }\n')
    program = tmp_path / "small"
    subprocess.run(["gcc", "-m32", source, "-o", program], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run([sigforward, "--", program], env=environment, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("above, expected", [
    ({}, "0"),
    ({"COVENV_RUN": "0-1"}, None),
    ({"COVENV_SESSION": "none"}, None),
    ({"COVENV_JOURNAL": "/tmp"}, "/tmp"),
    ({"COVENV_JOURNAL": "1"}, "1"),
], ids=str)
def test_a_journal_only_if_a_run_above_gathers_it(sigforward, above, expected):
    """Without such a run sigforward turns journals off: one would stay in /dev/shm, or be lost with a container."""
    told = subprocess.run([sigforward, "--no-guard", "--", "/usr/bin/env"], env=above, capture_output=True, text=True, check=True)
    settings = dict(line.split("=", 1) for line in told.stdout.splitlines())
    assert settings.get("COVENV_JOURNAL") == expected
