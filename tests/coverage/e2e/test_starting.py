# SPDX-License-Identifier: MIT
"""Coverage starts in a program, in whatever way the program is started."""

import pytest

pytestmark = pytest.mark.each_stack


def test_through_a_shell_that_execs(small):
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            process = subprocess.Popen(
                ["sh", "-c", 'exec "$PYTHON" server.py'], env={"PYTHON": sys.executable},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert process.stdout.readline() == b"ready\\n"
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


def test_behind_a_shell_that_stays(small):
    # The server is a background job of the shell and ignores SIGINT, so coverage has to save at SIGTERM.
    small.configure("sigterm = true")
    # The shell gives a background job /dev/null as stdin, so the job gets the shell's stdin by descriptor 3.
    small.write("test_it.py", """
        import os, signal, subprocess, sys

        def test_it():
            process = subprocess.Popen(
                ["sh", "-c", 'exec 3<&0; "$PYTHON" server.py <&3 & echo $!; wait'], env={"PYTHON": sys.executable},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            lines = {process.stdout.readline() for _ in range(2)}
            [server] = map(int, lines - {b"ready\\n"})
            os.kill(server, signal.SIGKILL)
            assert process.wait(timeout=30) == 0
    """)
    assert small.pytest().kept("server.py")


def test_by_shell_true(small):
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            assert subprocess.run(f"{sys.executable} job.py; exit 7", shell=True, env={}).returncode == 7
    """)
    assert small.pytest().kept("job.py")


def test_from_another_folder_by_a_relative_command(small, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    script = elsewhere / "serve"
    script.write_text('#!/bin/sh\nexec "$PYTHON" "$SERVER"\n')
    script.chmod(0o755)
    small.write("test_it.py", f"""
        import os, subprocess, sys

        def test_it():
            process = subprocess.Popen(
                ["./serve"], cwd={str(elsewhere)!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env={{"PYTHON": sys.executable, "SERVER": os.path.abspath("server.py")}})
            assert process.stdout.readline() == b"ready\\n"
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest().kept("server.py")


def test_second_generation_that_is_killed(small):
    small.write("front.py", """
        import os
        from helpers import start

        def work():
            worker = start("server.py")
            worker.kill()
            assert worker.wait() == -9
            print("ready", flush=True)

        work()
        while os.read(0, 1):
            pass
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            front = start("front.py")
            front.kill()
            assert front.wait() == -9
    """)
    report = small.pytest()
    assert report.kept("front.py")
    assert report.kept("server.py")


def test_second_generation_that_ends(small):
    small.write("front.py", """
        import subprocess, sys

        def work():
            subprocess.run([sys.executable, "job.py"], env={}, check=True)

        work()
    """)
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            subprocess.run([sys.executable, "front.py"], env={}, check=True)
    """)
    report = small.pytest()
    assert report.kept("front.py")
    assert report.kept("job.py")


def test_by_posix_spawn(small):
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            events = []
            sys.addaudithook(lambda event, _: events.append(event))
            subprocess.run([sys.executable, "job.py"], env={}, close_fds=False, check=True)
            assert "os.posix_spawn" in events
    """)
    assert small.pytest().kept("job.py")


def test_by_os_system_from_an_empty_environment(small):
    small.write("test_it.py", """
        import os, sys

        def test_it():
            assert os.system(f"env -i {sys.executable} job.py") == 0
    """)
    assert small.pytest().kept("job.py")


def test_by_multiprocessing_spawn(small):
    small.write("test_it.py", """
        import multiprocessing, os
        from unittest import mock
        import job

        def test_it():
            with mock.patch.dict(os.environ, {}, clear=True):
                process = multiprocessing.get_context("spawn").Process(target=job.work)
                process.start()
            process.join()
            assert process.exitcode == 0
    """)
    assert small.pytest().kept("job.py")


def test_by_os_execve_in_a_forked_child(small):
    small.write("test_it.py", """
        import os, sys

        def test_it():
            pid = os.fork()
            if pid == 0:
                os.execve(sys.executable, [sys.executable, "job.py"], {})
            assert os.waitpid(pid, 0) == (pid, 0)
    """)
    assert small.pytest().kept("job.py")
