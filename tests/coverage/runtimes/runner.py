# SPDX-License-Identifier: MIT
"""A test runner, preloaded or not: starts a server in one way, has it work, ends it in one way, and prints its status.

    python runner.py START END PROGRAM AMOUNT...

The server gets each AMOUNT, and answers, before the end. The output is JSON: {"status": as waitpid() gives it}.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)


def popen(command, **how):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, **how)


def forked(program):
    """os.fork() and os.execv(), as pre-forking servers do."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(to_read, 0)
        os.dup2(from_write, 1)
        os.execve(program, [program], {})
    os.close(to_read)
    os.close(from_write)
    return Spawned(pid, to_write, from_read)


def spawned(program):
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, to_read, 0), (os.POSIX_SPAWN_DUP2, from_write, 1)]
    pid = os.posix_spawn(program, [program], {}, file_actions=actions, setsid=True)
    os.close(to_read)
    os.close(from_write)
    return Spawned(pid, to_write, from_read)


class Spawned:
    """As much of a Popen as this file uses."""

    def __init__(self, pid, to, source):
        self.pid = pid
        self.stdin = os.fdopen(to, "wb")
        self.stdout = os.fdopen(source, "rb")

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)


STARTS = {
    "Popen(env={})": lambda program: popen([program], env={}),
    "Popen(env={...})": lambda program: popen([program], env={"PATH": os.environ["PATH"], "LANG": "C"}),
    "Popen()": lambda program: popen([program]),
    "Popen(cwd=elsewhere)": lambda program: popen([program], cwd="/"),
    "env -i": lambda program: popen(["env", "-i", program]),
    "shell=True": lambda program: popen(program, shell=True, env={}),
    "fork, exec": forked,
    "posix_spawn": spawned,
}


def by_pidfd(server):
    descriptor = os.pidfd_open(server.pid)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    os.close(descriptor)


def by_libc(function, *arguments):
    def end(server):
        assert getattr(LIBC, function)(server.pid, *(argument or server.pid for argument in arguments)) == 0

    return end


def say(word):
    def end(server):
        server.stdin.write(word.encode() + b"\n")
        server.stdin.flush()

    return end


def stop_and_kill(server):
    server.send_signal(signal.SIGSTOP) if hasattr(server, "send_signal") else os.kill(server.pid, signal.SIGSTOP)
    os.waitpid(server.pid, os.WUNTRACED)
    server.kill()


ENDS = {
    "kill()": lambda server: server.kill(),
    "terminate()": lambda server: server.terminate(),
    "SIGINT": lambda server: os.kill(server.pid, signal.SIGINT),
    "SIGHUP": lambda server: os.kill(server.pid, signal.SIGHUP),
    "SIGUSR1": lambda server: os.kill(server.pid, signal.SIGUSR1),
    "SIGABRT": lambda server: os.kill(server.pid, signal.SIGABRT),
    "killpg()": lambda server: os.killpg(server.pid, signal.SIGKILL),
    "pidfd": by_pidfd,
    "tgkill()": by_libc("tgkill", None, signal.SIGKILL),
    "sigqueue()": by_libc("sigqueue", signal.SIGKILL, 1),
    "stopped, kill()": stop_and_kill,
    "`kill -9`": lambda server: subprocess.run(["sh", "-c", f"kill -9 {server.pid}"], check=True, env={"PATH": os.environ["PATH"]}),
    **{word: say(word) for word in ("exit", "_exit", "_Exit", "quick_exit", "abort", "raise", "kill self", "exec")},
}


def main(start, end, program, *amounts):
    server = STARTS[start](program)
    assert server.stdout.readline() == b"ready\n"
    for amount in amounts:
        server.stdin.write(amount.encode() + b"\n")
        server.stdin.flush()
        if amount != "busy":
            assert server.stdout.readline().strip().isdigit()
    if "busy" in amounts:
        time.sleep(0.001 * (server.pid % 7))
    ENDS[end](server)
    _, status = os.waitpid(server.pid, 0)
    print(json.dumps({"status": status}))


if __name__ == "__main__":
    main(*sys.argv[1:])
