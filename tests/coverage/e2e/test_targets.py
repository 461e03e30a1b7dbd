# SPDX-License-Identifier: MIT
"""Targets in odd states are saved all the same, and no other process is hit."""


def test_main_thread_gone(small):
    small.write("headless.py", """
        import ctypes, threading
        from job import work

        def stay():
            work()
            main.join(1)
            while "Z (zombie)" not in open(f"/proc/{main.native_id}/status").read():
                pass
            print("ready", flush=True)
            threading.Event().wait()

        main = threading.main_thread()
        threading.Thread(target=stay).start()
        ctypes.CDLL(None).syscall(60, 0)
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("headless.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("job.py")


def test_by_the_id_of_a_thread(small):
    small.write("threads.py", """
        import threading
        from job import work

        def stay():
            print("ready", flush=True)
            threading.Event().wait()

        work()
        threading.Thread(target=stay).start()
    """)
    small.write("test_it.py", """
        import os, signal
        from helpers import start

        def test_it():
            process = start("threads.py")
            thread = max(map(int, os.listdir(f"/proc/{process.pid}/task")))
            assert thread != process.pid
            os.kill(thread, signal.SIGKILL)
            assert process.wait() == -9
    """)
    assert small.pytest().kept("job.py")


def test_init_of_a_pid_namespace(small):
    # The killer has to send the SIGKILL, because the init of a namespace cannot kill itself. It does so without waiting
    # for the end of the grace, which would exceed the suite's time.
    in_namespace(small, "exec")
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("server.py")


def test_member_of_a_pid_namespace(small):
    in_namespace(small, "")
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("server.py")


def in_namespace(project, exec):
    project.write("test_it.py", f"""
        import os, subprocess, sys

        def children(pid):
            with open(f"/proc/{{pid}}/task/{{pid}}/children") as children:
                return [int(child) for child in children.read().split()]

        def test_it():
            command = f"{exec} {{sys.executable}} server.py; exit $?"
            process = subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", command],
                env={{}}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert process.stdout.readline() == b"ready\\n"
            target = process.pid
            while children(target):
                [target] = children(target)
            os.kill(target, 9)
            assert process.wait() != 0
    """)


def test_a_session_of_its_own_is_not_hit_with_the_group(small):
    small.write("nested.py", """
        import os
        from helpers import start
        from job import work

        work()
        nested = start("server.py", start_new_session=True)
        print("ready", flush=True)
        print(nested.pid, flush=True)
        os.read(0, 1)
    """)
    small.write("test_it.py", """
        import os, signal
        from helpers import start

        def test_it():
            leader = start("nested.py", preexec_fn=os.setpgrp)
            nested = int(leader.stdout.readline())
            pidfd = os.pidfd_open(nested)
            os.killpg(leader.pid, signal.SIGKILL)
            assert leader.wait() == -9
            signal.pidfd_send_signal(pidfd, 0)
            os.kill(nested, signal.SIGKILL)
    """)
    report = small.pytest()
    assert report.kept("job.py")
    assert report.kept("server.py")


def test_group_without_its_leader(small):
    small.write("test_it.py", """
        import os, signal
        from helpers import start

        def test_it():
            leader = start("server.py", preexec_fn=os.setpgrp)
            second = start("server.py", preexec_fn=lambda: os.setpgid(0, leader.pid))
            leader.stdin.close()
            assert leader.wait() == 0
            os.killpg(leader.pid, signal.SIGKILL)
            assert second.wait() == -9
    """)
    assert small.pytest().kept("server.py")


def test_traced(small):
    small.write("test_it.py", """
        import os, subprocess
        from helpers import start

        def is_traced(pid):
            with open(f"/proc/{pid}/status") as status:
                return "TracerPid:\\t0\\n" not in status.read()

        def test_it():
            process = start("server.py")
            tracer = subprocess.Popen(["strace", "-o", "trace", "-p", str(process.pid)], stderr=subprocess.DEVNULL)
            while not is_traced(process.pid):
                pass
            process.kill()
            assert process.wait() == -9
            assert tracer.wait() == 0
    """)
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("server.py")


def test_in_vfork(small):
    # The target waits in vfork() for its child, and answers to no signal. It dies unsaved when the grace is over.
    small.write("stuck.py", """
        import ctypes, os

        read, write = os.pipe()
        print("ready", flush=True)
        os.posix_spawn("/bin/true", ["true"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 9, "fifo", os.O_RDONLY, 0)])
    """)
    small.write("test_it.py", """
        import os, signal
        from helpers import start

        def test_it():
            os.mkfifo("fifo")
            process = start("stuck.py")
            while open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()[0] != "D":
                pass
            process.kill()
            assert process.wait() == -9
            os.close(os.open("fifo", os.O_WRONLY))
    """)
    small.pytest(env={"COVENV_GRACE": "300ms"})
