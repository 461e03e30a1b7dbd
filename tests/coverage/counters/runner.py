# SPDX-License-Identifier: MIT
"""A test runner, preloaded or not: starts a server in one way, has it work, ends it in one way, and prints its status.

    python runner.py START END PROGRAM AMOUNT...

The server gets each AMOUNT, and answers, before the end. The output is JSON: {"status": as waitpid() gives it}.
cells.py does the same many times in one process.
"""

import ctypes
import json
import multiprocessing
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
# Programs that some starts and ends need. cells.py sets them.
TOOLS = {}


def popen(command, **how):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, **how)


class Spawned:
    """As much of a Popen as this file uses. start(input, output): starts the child, and returns its pid."""

    def __init__(self, start):
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        self.pid = start(to_read, from_write)
        os.close(to_read)
        os.close(from_write)
        self.stdin = os.fdopen(to_write, "wb")
        self.stdout = os.fdopen(from_read, "rb")

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)


def become(command, source, to):
    """In a forked child, as pre-forking servers do."""
    os.setsid()
    os.dup2(source, 0)
    os.dup2(to, 1)
    os.execve(command[0], command, {})


def forked(command):
    def start(source, to):
        pid = os.fork()
        if pid == 0:
            become(command, source, to)
        return pid

    return Spawned(start)


def spawned(command):
    def start(source, to):
        actions = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, to, 1)]
        return os.posix_spawn(command[0], command, {}, file_actions=actions, setsid=True)

    return Spawned(start)


def by_multiprocessing(command):
    def start(source, to):
        process = multiprocessing.get_context("fork").Process(target=become, args=(command, source, to))
        process.start()
        return process.pid

    return Spawned(start)


def by_script(command):
    script = Path("between.sh").absolute()
    if not script.exists():
        script.write_text('#!/bin/sh\n"$@"\nexit $?\n')
        script.chmod(0o755)
    return popen([script, *command], env={})


BACKGROUND = 'exec 3<&0; "$@" <&3 & wait $!'
# Each takes a command, and starts it.
STARTS = {
    "Popen(env={})": lambda command: popen(command, env={}),
    "Popen(env={...})": lambda command: popen(command, env={"PATH": os.environ["PATH"], "LANG": "C"}),
    "Popen()": popen,
    "Popen(cwd=elsewhere)": lambda command: popen(command, cwd="/"),
    "env -i": lambda command: popen(["env", "-i", *command]),
    "shell=True": lambda command: popen(shlex.join(command), shell=True, env={}),
    "fork, exec": forked,
    "posix_spawn": spawned,
    "multiprocessing": by_multiprocessing,
    "sh -c '... &'": lambda command: popen(["sh", "-c", BACKGROUND, "sh", *command], env={}),
    "a script between": by_script,
    "a compiled program between": lambda command: popen([TOOLS["starter"], *command]),
}


def children_of(pid):
    """Of all threads, because any of them may have started a child."""
    lists = (task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir())
    return [int(child) for children in lists for child in children.split()]


def find(pid, program):
    """The process that runs the program: this one, or one below it. None if there is none."""
    if os.path.samefile(f"/proc/{pid}/exe", program):
        return pid
    return next((found for child in children_of(pid) if (found := find(child, program))), None)


def by_pidfd(server):
    descriptor = os.pidfd_open(server.target)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    os.close(descriptor)


def by_signal(number):
    return lambda server: os.kill(server.target, number)


def by_popen(method, number):
    """By the Popen's own method, if its child is the server."""

    def end(server):
        if server.target == server.pid:
            getattr(server, method)()
        else:
            os.kill(server.target, number)

    return end


def by_libc(function, *arguments):
    def end(server):
        assert getattr(LIBC, function)(server.target, *(argument or server.target for argument in arguments)) == 0

    return end


def by_group(number):
    return lambda server: os.killpg(os.getpgid(server.target), number)


def say(word):
    def end(server):
        server.stdin.write(word.encode() + b"\n")
        server.stdin.flush()

    return end


def stop(server):
    """Returns when the server has stopped."""
    os.kill(server.target, signal.SIGSTOP)
    while Path(f"/proc/{server.target}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        os.sched_yield()


def stop_and_kill(server):
    stop(server)
    KILL(server)


def by_shell(server):
    subprocess.run(["sh", "-c", f"kill -9 {server.target}"], check=True, env={"PATH": os.environ["PATH"]})


def end_of_sigforward(server):
    os.kill(find(server.pid, TOOLS["sigforward"]), signal.SIGTERM)


KILL = by_popen("kill", signal.SIGKILL)
OWN_ENDS = ("exit", "_exit", "_Exit", "quick_exit", "abort", "raise", "kill self", "exec", "crash")
# Each takes a server, and ends it.
ENDS = {
    "kill()": KILL,
    "terminate()": by_popen("terminate", signal.SIGTERM),
    "SIGINT": by_signal(signal.SIGINT),
    "SIGHUP": by_signal(signal.SIGHUP),
    "SIGUSR1": by_signal(signal.SIGUSR1),
    "SIGABRT": by_signal(signal.SIGABRT),
    "killpg()": by_group(signal.SIGKILL),
    "killpg(), TERM": by_group(signal.SIGTERM),
    "pidfd": by_pidfd,
    "tgkill()": by_libc("tgkill", None, signal.SIGKILL),
    "sigqueue()": by_libc("sigqueue", signal.SIGKILL, 1),
    "stopped, kill()": stop_and_kill,
    "`kill -9`": by_shell,
    "sigforward": end_of_sigforward,
    **{word: say(word) for word in OWN_ENDS},
}


def begin(start, program, is_wrapped=False):
    """The server, which is ready. Its `pid` is that of the runner's child, its `target` that of the program."""
    server = STARTS[start]([TOOLS["sigforward"], "--", program] if is_wrapped else [program])
    assert server.stdout.readline() == b"ready\n"
    server.target = find(server.pid, program)
    return server


def work(server, amounts):
    for amount in amounts:
        say(amount)(server)
        assert server.stdout.readline().strip().isdigit()


def end(server, how):
    """The wait status of the runner's child."""
    ENDS[how](server)
    _, status = os.waitpid(server.pid, 0)
    server.stdin.close()
    server.stdout.close()
    return status


def main(start, how, program, *amounts):
    server = begin(start, program, how == "sigforward")
    work(server, amounts)
    print(json.dumps({"status": end(server, how)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
