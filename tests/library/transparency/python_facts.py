# SPDX-License-Identifier: MIT
"""Prints as JSON what a Python program can see of itself and of the processes that it starts. It is run by its path."""

import json
import os
import signal
import subprocess
import sys
import threading


def attempt(call, *arguments, **options):
    try:
        return repr(call(*arguments, **options))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def without_preload(environment):
    return [[name, value] for name, value in environment.items() if name != "LD_PRELOAD"]


def status_of(text, *keys):
    return {line.split(":")[0]: line.split()[1:] for line in text.splitlines() if line.split(":")[0] in keys}


def ends():
    """Way to end a child -> [what the call returned, status, stdout, stderr]."""
    sleeper = [sys.executable, "-I", "-S", "-c", "import sys; print(1, flush=True); sys.stdin.read()"]
    results = {}
    for name, end in {
        "kill": lambda child: child.kill(),
        "terminate": lambda child: child.terminate(),
        "os.kill": lambda child: os.kill(child.pid, signal.SIGKILL),
        "pidfd": lambda child: signal.pidfd_send_signal(os.pidfd_open(child.pid), signal.SIGKILL),
        "killpg": lambda child: os.killpg(child.pid, signal.SIGKILL),
    }.items():
        child = subprocess.Popen(
            sleeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        child.stdout.readline()
        returned = attempt(end, child)
        out, err = child.communicate(timeout=30)
        results[name] = [returned, child.returncode, out.decode(), err.decode()]
    return results


def piped():
    pipe = os.popen("echo out; exit 4")
    return pipe.read(), pipe.close()


def starts():
    true, missing = "/bin/true", "/missing/program"
    return {
        "missing": attempt(subprocess.Popen, [missing]),
        "missing, env": attempt(subprocess.Popen, [missing], env={}),
        "missing, spawned": attempt(subprocess.Popen, [missing], close_fds=False),
        "missing name": attempt(subprocess.Popen, ["no-such-program-at-all"]),
        "missing folder": attempt(subprocess.Popen, [true], cwd="/missing"),
        "folder": attempt(subprocess.Popen, ["/tmp"]),
        "denied": attempt(subprocess.Popen, ["/etc/passwd"]),
        "true": attempt(subprocess.call, ["true"]),
        "true, env": attempt(subprocess.call, ["true"], env={}),
        "true, spawned": attempt(subprocess.call, [true], close_fds=False),
        "preexec": attempt(subprocess.call, [true], preexec_fn=int),
        "posix_spawn missing": attempt(os.posix_spawn, missing, [missing], {}),
        "posix_spawnp missing": attempt(os.posix_spawnp, "no-such-program-at-all", ["x"], {}),
        "execv missing": attempt(os.execv, missing, [missing]),
        "execve missing": attempt(os.execve, missing, [missing], {}),
        "execvpe missing": attempt(os.execvpe, "no-such-program-at-all", ["x"], {"PATH": "/bin"}),
        "execve fd": attempt(os.execve, 0, ["x"], {}),
        "system": attempt(os.system, "exit 3"),
        "popen": attempt(piped),
        "shell": attempt(subprocess.run, "kill -9 $$", shell=True),
        "kill missing": attempt(os.kill, 2**22 + 1, signal.SIGKILL),
        "kill invalid": attempt(os.kill, os.getpid(), 99),
        "killpg missing": attempt(os.killpg, 2**22 + 1, signal.SIGKILL),
        "wait": attempt(os.wait),
        "waitid": attempt(os.waitid, os.P_ALL, 0, os.WEXITED),
    }


def handlers():
    """Sets and calls a handler for each signal: [{signal: [before, whether it was set, after]}, signals handled]."""
    called = []
    results = {}
    for number in sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}):
        before = signal.getsignal(number)
        attempt(signal.signal, number, lambda got, _: called.append(int(got)))
        os.kill(os.getpid(), number)
        old = attempt(signal.signal, number, signal.SIG_DFL)
        results[int(number)] = [repr(before), "<lambda>" in old, repr(signal.getsignal(number))]
    return [results, called]


def facts():
    with open("/proc/self/status", encoding="ascii") as file:
        status = file.read()
    return {
        "environ": without_preload(os.environ),
        "environ bytes": without_preload({os.fsdecode(name): os.fsdecode(value) for name, value in os.environb.items()}),
        "files": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "status": status_of(status, "Threads", "SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd"),
        "flags": repr(sys.flags),
        "dispositions": {number: repr(signal.getsignal(number)) for number in range(1, 65) if number in signal.valid_signals()},
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "modules": sorted(sys.modules),
        "hooks": [repr(sys.getprofile()), repr(sys.gettrace()), repr(sys.excepthook)],
        "starts": starts(),
        "ends": ends(),
        "handlers": handlers(),
        "children left": attempt(os.waitpid, -1, os.WNOHANG),
    }


if __name__ == "__main__":
    print(json.dumps(facts()))
