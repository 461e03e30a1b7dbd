# SPDX-License-Identifier: MIT
"""What must not count twice, be lost, or end a program, because counters are read: each is a defect that a review found."""

import os
import platform
import subprocess
import sys
import textwrap

import pytest
from runtimes import lines_of_json, run

# Line 3 of each program is the one that is counted.
HEAD = """#include <stdlib.h>
static volatile int ran;
static void work(void) { ran = 1; }
"""


@pytest.fixture
def counted(request, tmp_path, libcovenv):
    """counted(body, runner): how often work() ran by the data, after the runner has run the program of that body.

    runner(program, environment) starts and ends it. `environment` preloads the library. The data go beside the program.
    With --full 50 times, because most attacks are races: the number of the first round that differs from 1, if any.
    """

    def once():
        data = list(tmp_path.glob("*.gcda"))
        if not data:
            return 0
        text = run("gcov-12", "--stdout", "--json-format", *[file.name for file in data], cwd=tmp_path)
        for file in data:
            file.unlink()
        return dict(lines_of_json(text, "program.c"))[3]

    def measure(body, runner):
        (tmp_path / "program.c").write_text(HEAD + textwrap.dedent(body))
        run("gcc-12", "--coverage", "-pthread", "-o", "program", "program.c", cwd=tmp_path)
        environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)}
        numbers = []
        for _ in range(50 if request.config.getoption("--full") else 1):
            runner(str(tmp_path / "program"), environment)
            numbers.append(once())
        return next((number for number in numbers if number != 1), 1)

    return measure


def to_its_end(status=0, prefix=()):
    def runner(program, environment):
        assert subprocess.run([*prefix, program], env=environment, timeout=60, check=False).returncode == status

    return runner


def python_runner(code):
    """Runs Python code below the library, with the program in sys.argv[1]."""

    def runner(program, environment):
        subprocess.run([sys.executable, "-c", textwrap.dedent(code), program], env=environment, timeout=60, check=True)

    return runner


START = """
import subprocess, sys
server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert server.stdout.read(1) == b"r"
"""
WAITS = """
#include <unistd.h>
int main(void) { char byte; work(); if (write(1, "r", 1) != 1) return 1; while (read(0, &byte, 1) > 0) {} return 0; }
"""


def test_an_exec_that_fails(counted):
    body = """
    #include <unistd.h>
    int main(void) {
      char* none[] = {"none", NULL};
      int (*execute)(const char*, char* const*) = execv;  // not the call that gcc replaces
      work();
      return execute("/none", none) == -1 ? 0 : 1;
    }
    """
    assert counted(body, to_its_end()) == 1


@pytest.mark.parametrize("waits", [1, 0], ids=["has_ended", "may_be_ending"])
def test_a_leading_thread(counted, waits):
    body = f"""
    #include <pthread.h>
    #include <stdio.h>
    #include <unistd.h>
    static char state(void) {{
      char state = 0;
      FILE* file = fopen("/proc/self/stat", "r");
      if (file == NULL || fscanf(file, "%*d %*s %c", &state) != 1) exit(1);
      fclose(file);
      return state;
    }}
    static void* wait_for_ever(void* none) {{
      while ({waits} && state() != 'Z') {{}}
      work();
      if (write(1, "r", 1) != 1) exit(1);
      pause();
      return none;
    }}
    int main(void) {{ pthread_t thread; pthread_create(&thread, NULL, wait_for_ever, NULL); pthread_exit(NULL); }}
    """
    assert counted(body, python_runner(START + "server.kill()\nassert server.wait() == -9")) == 1


@pytest.mark.parametrize("signals", [("SIGKILL", "SIGKILL"), ("SIGTERM", "SIGKILL"), ("SIGKILL", "SIGTERM")])
def test_two_processes_that_kill_one_at_the_same_time(counted, signals):
    """Of each of 20 processes."""
    code = f"""
    import os, signal, subprocess, sys
    signals = [signal.{signals[0]}, signal.{signals[1]}]
    for _ in range(20):
        server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout.read(1) == b"r"
        go, ready = os.pipe(), os.pipe()
        killers = []
        for number in signals:
            killer = os.fork()
            if killer == 0:
                os.close(go[1])
                os.write(ready[1], b"r")
                os.read(go[0], 1)
                os.kill(server.pid, number)
                os._exit(0)
            killers.append(killer)
        for _ in killers: assert os.read(ready[0], 1) == b"r"
        os.close(go[1])
        os.close(go[0])
        for killer in killers: os.waitpid(killer, 0)
        assert server.wait() < 0
        for end in ready: os.close(end)
    """
    assert counted(WAITS, python_runner(code)) == 20


def test_a_kill_beside_a_process_that_leaves(counted):
    """By _exit(), which keeps the counters, too. The kill comes a little later in each round of a hundred."""
    body = """
    #include <unistd.h>
    int main(void) {
      char byte;
      work();
      if (write(1, "r", 1) != 1) return 1;
      while (read(0, &byte, 1) > 0) {}
      _exit(0);
    }
    """
    code = """
    import subprocess, sys, time
    for round in range(300):
        server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout.read(1) == b"r"
        server.stdin.close()
        kill_at = time.perf_counter_ns() + round % 100 * 20_000
        while time.perf_counter_ns() < kill_at: pass
        server.kill()
        assert server.wait() in (0, -9)
    """
    assert counted(body, python_runner(code)) == 300


def test_a_disk_that_is_full(counted):
    """The old data stay as they are: half of the new ones would make the runtime refuse the file."""
    # Counters of a function that has not run take no room in the file.
    many = " ".join(f"if (number == {each}) work();" for each in range(600))
    body = f"""
    #include <unistd.h>
    static void many(int number) {{ {many} }}
    int main(int count, char** arguments) {{
      char byte;
      work();
      if (count > 1) many(atoi(arguments[1]));
      if (write(1, "r", 1) != 1) return 1;
      while (read(0, &byte, 1) > 0) {{}}
      return 0;
    }}
    """
    code = """
import os, shutil, subprocess, sys
program = sys.argv[1]
folder = os.path.dirname(program)
disk = folder + "/disk"
os.makedirs(disk, exist_ok=True)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k,mode=777", "none", disk], check=True)
try:
    environment = {"GCOV_PREFIX": disk, "GCOV_PREFIX_STRIP": "99"}
    subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment, check=True)
    with open(disk + "/filler", "wb", buffering=0) as filler:
        try:
            while filler.write(b"x" * 512): pass
        except OSError: pass
    [data] = [name for name in os.listdir(disk) if name.endswith(".gcda")]
    with open(disk + "/" + data, "rb") as file: before = file.read()
    server = subprocess.Popen([program, "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert server.stdout.read(1) == b"r"
    server.kill()
    assert server.wait() == -9
    with open(disk + "/" + data, "rb") as file: after = file.read()
    assert after == before, (len(before), len(after))
    shutil.copy(disk + "/" + data, folder)
finally:
    subprocess.run(["umount", disk], check=True)
"""
    assert counted(body, python_runner(code)) == 1


def test_a_signal_that_a_thread_blocks(counted):
    body = """
    #include <pthread.h>
    #include <signal.h>
    static void* send(void* none) {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, NULL);
      raise(SIGTERM);
      return none;
    }
    int main(void) { pthread_t thread; work(); pthread_create(&thread, NULL, send, NULL); pthread_join(thread, NULL); return 0; }
    """
    assert counted(body, to_its_end()) == 1


def test_a_signal_that_the_leading_thread_alone_blocks(counted):
    body = """
    #include <pthread.h>
    #include <signal.h>
    static void* send(void* none) {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_UNBLOCK, &all, NULL);
      raise(SIGTERM);
      return none;
    }
    int main(void) {
      pthread_t thread;
      sigset_t all;
      work();
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, NULL);
      pthread_create(&thread, NULL, send, NULL);
      pthread_join(thread, NULL);
      return 0;
    }
    """
    assert counted(body, to_its_end(-15)) == 1


def test_the_init_of_a_namespace_that_gets_a_signal(counted):
    code = """
import os, signal, subprocess, sys
server = subprocess.Popen(["unshare", "--pid", "--fork", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert server.stdout.read(1) == b"r"
[init] = open(f"/proc/{server.pid}/task/{server.pid}/children").read().split()
os.kill(int(init), signal.SIGTERM)
server.stdin.close()
assert server.wait() == 0
"""
    assert counted(WAITS, python_runner(code)) == 1


@pytest.mark.parametrize("call", ["process_vm_readv", "kcmp"])
def test_a_sandbox_that_kills_for_a_call(counted, call, tmp_path):
    """The filter is older than the program, which leaves by _exit()."""
    number = {"x86_64": {"process_vm_readv": 310, "kcmp": 312}, "aarch64": {"process_vm_readv": 270, "kcmp": 272}}
    sandbox = tmp_path / "sandbox.py"
    sandbox.write_text(f"""
import ctypes, os, struct, sys
lines = [(0x20, 0, 0, 0), (0x15, 0, 1, {number[platform.machine()][call]}), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)]
text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(text)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execve(sys.argv[1], sys.argv[1:], {{"LD_PRELOAD": sys.argv[2]}})
""")

    def runner(program, environment):
        command = [sys.executable, sandbox, program, environment["LD_PRELOAD"]]
        assert subprocess.run(command, env={"PATH": environment["PATH"]}, timeout=60, check=False).returncode == 3

    assert counted("#include <unistd.h>\nint main(void) { work(); _exit(3); }\n", runner) == 1


# Kills groups of one and of four victims whose locks another process holds, and prints how long each kill has waited.
LOCKED = """
import fcntl, os, signal, struct, subprocess, sys, time
def kill(number):
    first, victims, locks = 0, [], []
    for _ in range(number):
        server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=first)
        assert server.stdout.read(1) == b"r"
        first = first or server.pid
        victims.append(server)
        locks.append(open(f"/proc/{server.pid}/coredump_filter", "r+"))
        fcntl.fcntl(locks[-1], 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))  # F_OFD_SETLK
    started = time.monotonic()
    os.killpg(first, signal.SIGKILL)
    took = time.monotonic() - started
    assert [server.wait() for server in victims] == [-9] * number
    return took
assert kill(4) < 2 * kill(1)
"""


def test_the_victims_of_a_group_wait_for_locks_within_one_grace(counted):
    def runner(program, environment):
        environment["COVENV_GRACE"] = "1s"
        subprocess.run([sys.executable, "-c", LOCKED, program], env=environment, timeout=60, check=True)

    # The five programs write one file.
    assert counted(WAITS, runner) == 5
