# SPDX-License-Identifier: MIT
"""sigforward --trace: the counters of a compiled command are kept at each of its ends, and nothing else changes.

The killer is busybox with an empty environment: nothing of covenv is in it, and sigforward gets no signal. The rest of
this folder's tests hold for a traced command as well: test_the_other_tests_hold runs those of job control.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from wrapped import DEADLINE, PYTHON, both_guards_of, eventually, run, state

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "coverage" / "counters"))
from runtimes import RUNTIMES, Programs  # noqa: E402

AMOUNTS = ("7", "1", "27")
COMPILED = ["gcc", "gcc, static", "gcc, stripped", "clang", "clang, static", "clang, stripped", "clang, library", "clang, gcov"]
GO = ["Go", "Go, static", "Go, stripped"]
RUST = ["Rust"]
ENDS = [(runtime, end) for runtime in COMPILED + GO for end in ("exit", "exit_group", "SIGTERM")]
ENDS += [(runtime, end) for runtime in COMPILED for end in ("crash", "abort")]
ENDS += [(runtime, end) for runtime in GO for end in ("panic", "SIGSEGV")]


@pytest.fixture
def runtimes(request):
    """The runtimes of this test. Only --full needs rustc."""
    return COMPILED + GO + (RUST if request.config.getoption("--full") else [])


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """programs(name): the server of that runtime, built once."""
    return Programs(tmp_path_factory.mktemp("programs"))


class Server:
    """A server below sigforward, or bare. It says "ready", and answers each amount by a line."""

    def __init__(self, prefix, runtime, program, data, **variables):
        self.runtime, self.program, self.data = RUNTIMES[runtime], program, data
        data.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], **self.runtime.variables(data), **variables}
        self.process = subprocess.Popen([*prefix, program], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        self.pid = child_of(self.process.pid) if prefix else self.process.pid

    def say(self, *words):
        for word in words:
            self.process.stdin.write(f"{word}\n".encode())
            self.process.stdin.flush()

    def work(self, amounts=AMOUNTS):
        for amount in amounts:
            self.say(amount)
            assert self.process.stdout.readline().strip().isdigit()

    def end(self, how):
        if how == "kill -9":
            kill_from_outside(self.pid)
        elif how.startswith("SIG"):
            os.kill(self.pid, signal.Signals[how])
        else:
            self.say(how)
        return self.process.wait(DEADLINE)

    def counts(self):
        return self.runtime.counts(self.data, self.program)

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def serve(sigforward, programs, tmp_path):
    """serve(runtime, *options, data=name, traced=True, **variables): a Server. All are closed after the test."""
    with contextlib.ExitStack() as stack:

        def start(runtime, *options, data="data", traced=True, **variables):
            prefix = [sigforward, "--trace", *options, "--"] if traced else []
            server = Server(prefix, runtime, programs(runtime), tmp_path / data.replace(", ", "-"), **variables)
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture(scope="module")
def expected(programs, tmp_path_factory):
    """expected(runtime): the counts of a normal end without sigforward."""
    known = {}

    def counts(runtime):
        if runtime not in known:
            bare = Server([], runtime, programs(runtime), tmp_path_factory.mktemp("normal") / "data")
            bare.work()
            assert bare.end("exit") == 3
            bare.close()
            known[runtime] = bare.counts()
            assert any(known[runtime].values()), "the server counts"
        return known[runtime]

    return counts


def child_of(pid):
    """The command of a sigforward, whose guards may be children as well."""
    children = Path(f"/proc/{pid}/task/{pid}/children")

    def command():
        named = {int(child): Path(f"/proc/{child}/comm").read_text() for child in children.read_text().split()}
        return [child for child, name in named.items() if not name.startswith("sigfwd-")]

    return eventually(command)[0]


def kill_from_outside(pid):
    subprocess.run(["/bin/busybox", "kill", "-9", str(pid)], env={}, check=True)


def tracer_of(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("TracerPid:\t")[1].split()[0])


# Ends


def test_killed_from_outside(serve, expected, runtimes):
    for runtime in runtimes:
        server = serve(runtime, data=runtime)
        server.work()
        assert server.end("kill -9") == -signal.SIGKILL
        assert server.counts() == expected(runtime), runtime


def test_nothing_is_kept_without_the_option(serve, sigforward, programs, tmp_path):
    for runtime in ("gcc, static", "Go, static"):
        server = Server([sigforward, "--"], runtime, programs(runtime), tmp_path / runtime.replace(", ", "-"))
        server.work()
        assert server.end("kill -9") == -signal.SIGKILL
        assert not any(server.counts().values())
        server.close()


@pytest.mark.parametrize("runtime, end", ENDS)
def test_every_end_is_counted_once(serve, expected, runtime, end):
    bare = serve(runtime, data="bare", traced=False)
    bare.work()
    status = bare.end(end)
    server = serve(runtime)
    server.work()
    assert server.end(end) == status
    assert server.counts() == expected(runtime)


@pytest.mark.parametrize("runtime", ["gcc", "gcc, static", "clang", "Go, static"])
def test_a_signal_through_sigforward_is_counted_once(serve, expected, runtime):
    server = serve(runtime)
    server.work()
    os.kill(server.process.pid, signal.SIGTERM)
    assert server.process.wait(DEADLINE) == -signal.SIGTERM
    assert server.counts() == expected(runtime)


@pytest.mark.parametrize("runtime", ["gcc", "gcc, static", "clang", "Go, static"])
def test_a_kill_by_a_killer_with_the_library_is_counted_once(serve, expected, libcovenv, runtime):
    server = serve(runtime)
    server.work()
    code = f"import os; os.kill({server.pid}, 9)"
    subprocess.run([*PYTHON, code], env={**os.environ, "LD_PRELOAD": str(libcovenv)}, check=True)
    assert server.process.wait(DEADLINE) == -signal.SIGKILL
    assert server.counts() == expected(runtime)


@pytest.mark.parametrize("end", ["exit", "_exit", "kill -9"])
def test_a_pool_of_llvm_takes_each_run_once(serve, programs, end, tmp_path):
    totals = []
    for how in ("exit", end):
        folder = tmp_path / f"pool {how}{len(totals)}"
        folder.mkdir()
        for _ in range(2):
            time.sleep(0.1)  # because a pool that is as young as the process is taken for saved
            server = serve("clang", LLVM_PROFILE_FILE=f"{folder}/%m.profraw", traced=not totals == [])
            server.work()
            server.end(how)
        totals.append(RUNTIMES["clang"].counts(folder, programs("clang")))
    assert totals[0] == totals[1] and any(totals[0].values())


def test_four_kills_in_a_row_keep_and_count_once(serve, expected):
    for runtime in ("gcc, static", "Go, static"):
        server = serve(runtime, data=runtime)
        server.work()
        subprocess.run(["/bin/busybox", "sh", "-c", f"for i in 1 2 3 4; do kill -9 {server.pid}; done"], env={}, check=False)
        assert server.process.wait(DEADLINE) == -signal.SIGKILL
        assert server.counts() == expected(runtime)


def test_killed_at_any_moment_under_load(serve, request, runtimes):
    rounds = 100 if request.config.getoption("--full") else 20
    with contextlib.ExitStack() as stack:
        for _ in range(os.cpu_count()):
            load = subprocess.Popen([*PYTHON, "while True: pass"])
            stack.callback(load.wait)
            stack.callback(load.kill)
        for number in range(rounds):
            runtime = runtimes[number % len(runtimes)]
            server = serve(runtime, data=f"round-{number}")
            server.work([str(random.randrange(1, 1000))])
            server.say("busy")
            time.sleep(random.random() / 50)
            assert server.end("kill -9") == -signal.SIGKILL
            assert any(server.counts().values()), runtime


# Threads and other programs


@pytest.mark.parametrize("end, status", [("kill -9", -9), ("exit_group", 3), ("exit", 3), ("SIGTERM", -15)])
@pytest.mark.parametrize("runtime", ["gcc", "clang, static"])
def test_a_leading_thread_that_has_ended_is_not_the_end(serve, expected, runtime, end, status):
    server = serve(runtime)
    server.work(AMOUNTS[:1])
    server.say("pthread_exit")
    eventually(lambda: state(server.pid) == "Z")
    assert not any(server.counts().values()), "saved too early"
    server.work(AMOUNTS[1:])
    assert server.end(end) == status
    assert server.counts() == expected(runtime)


@pytest.mark.parametrize("runtime, word", [("gcc, static", "exec in thread"), ("clang", "exec in thread"), ("Go, static", "exec itself")])
def test_a_program_that_executes_itself_is_still_traced(serve, expected, runtime, word):
    server = serve(runtime)
    server.say(word)
    assert server.process.stdout.readline() == b"ready\n"
    eventually(lambda: tracer_of(server.pid) == server.process.pid)
    server.work()
    assert server.end("kill -9") == -signal.SIGKILL
    assert server.counts() == expected(runtime)


def test_a_shell_that_executes_the_program_is_traced_through_it(sigforward, programs, expected, tmp_path):
    prefix = [sigforward, "--trace", "--", "/bin/sh", "-c", 'exec "$0"']
    server = Server(prefix, "gcc, static", programs("gcc, static"), tmp_path / "data")
    server.work()
    assert server.end("kill -9") == -signal.SIGKILL
    assert server.counts() == expected("gcc, static")
    server.close()


def test_a_child_of_the_command_is_not_traced(sigforward):
    code = "import os, subprocess; print(subprocess.check_output(['grep', 'TracerPid', '/proc/self/status'], text=True))"
    assert run(sigforward, "--trace", "--", *PYTHON, code).stdout.split() == ["TracerPid:", "0"]


# Where the command runs


CONTAINERS = [
    ["unshare", "--pid", "--mount-proc", "--fork"],
    ["bwrap", "--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc"],
]


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container[0])
@pytest.mark.parametrize("runtime", ["gcc, static", "clang", "Go, static"])
def test_in_a_container(sigforward, programs, expected, tmp_path, container, runtime):
    server = Server([*container, sigforward, "--trace", "--"], runtime, programs(runtime), tmp_path / "data")
    while Path(f"/proc/{server.pid}/exe").resolve() != programs(runtime):
        server.pid = child_of(server.pid)
    tracer = tracer_of(server.pid)
    assert Path(f"/proc/{tracer}/comm").read_text() == "sigforward\n"
    server.work()
    kill_from_outside(server.pid)
    server.process.wait(DEADLINE)
    assert server.counts() == expected(runtime)
    server.close()


@pytest.mark.parametrize("runtime", ["clang", "Go, static"])
def test_a_command_that_becomes_another_users(serve, expected, programs, runtime, tmp_path):
    assert os.geteuid() == 0, "the tests run as root, because root alone changes users"
    for folder in (programs(runtime).parent, tmp_path):
        for each in (folder, *folder.parents[:-2]):
            each.chmod(each.stat().st_mode | 0o055)
    (tmp_path / "data").mkdir(mode=0o777)
    (tmp_path / "data").chmod(0o777)
    server = serve(runtime, "--", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    server.work()
    assert f"Uid:\t{65534}\t" in Path(f"/proc/{server.pid}/status").read_text()
    assert server.end("kill -9") == -signal.SIGKILL
    assert server.counts() == expected(runtime)
    assert {file.stat().st_uid for file in server.data.iterdir() if file.name != "counts.txt"} == {65534}


MEMORY = Path("/sys/fs/cgroup/memory")  # cgroup v1
UNIFIED = Path("/sys/fs/cgroup")  # v2


@pytest.fixture
def small_cgroup():
    """The file to which a process writes its pid to have 64 MiB at most."""
    assert os.geteuid() == 0, "the tests run as root, because root alone makes cgroups"
    folder = (MEMORY if MEMORY.exists() else UNIFIED) / f"covenv-test-{os.getpid()}"
    folder.mkdir()
    try:
        limit = "memory.limit_in_bytes" if MEMORY.exists() else "memory.max"
        (folder / limit).write_text(str(64 << 20))
        yield folder / "cgroup.procs"
    finally:
        eventually(lambda: not (folder / "cgroup.procs").read_text())
        folder.rmdir()


@pytest.mark.parametrize("runtime", ["gcc", "gcc, static", "clang"])
def test_the_oom_killer_full(serve, expected, small_cgroup, runtime):
    server = serve(runtime, "--", "sh", "-c", f'echo $$ >{small_cgroup}; exec "$1"')
    server.work()
    assert server.end("eat") == -signal.SIGKILL
    assert server.counts() == expected(runtime)


# What is not traced


DENIES_PTRACE = """
import ctypes, os, platform, struct, sys
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
DENIED, ALLOWED, EPERM = 0x00050000, 0x7fff0000, 1
ptrace = {"x86_64": 101, "aarch64": 117}[platform.machine()]
lines = [(LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, ptrace), (RETURN, 0, 0, DENIED | EPERM), (RETURN, 0, 0, ALLOWED)]
text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(text)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("options", [[], ["--no-guard"]], ids=["guard", "no guard"])
def test_below_a_filter_that_denies_ptrace_one_line_says_so(sigforward, options):
    command = [sigforward, "--trace", *options, "--", "sh", "-c", "echo ran; kill -TERM $$"]
    done = run(*PYTHON, DENIES_PTRACE, *command)
    assert (done.stdout, done.returncode) == ("ran\n", -signal.SIGTERM)
    assert done.stderr.count("\n") == 1 and "Operation not permitted: allow ptrace" in done.stderr


@pytest.mark.parametrize("sanitizer, compiler", [("address", "gcc"), ("address", "clang-14"), ("leak", "gcc"), ("leak", "clang-14")])
def test_a_program_with_a_leak_sanitizer_runs_without(sigforward, tmp_path, sanitizer, compiler):
    source = tmp_path / "main.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("ran"); return 0; }\n')
    subprocess.run([compiler, f"-fsanitize={sanitizer}", source, "-o", tmp_path / "program"], check=True)
    for command in ([tmp_path / "program"], ["sh", "-c", f"exec {tmp_path}/program"]):
        done = run(sigforward, "--trace", "--no-preload", "--", *command)
        assert (done.returncode, done.stdout) == (0, "ran\n")
        assert done.stderr.startswith("sigforward: --trace: ") and done.stderr.count("\n") == 1
        assert "LeakSanitizer" in done.stderr


TRACES_ITS_CHILD = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
SEIZE, CONT, TRACEFORK = 0x4206, 7, 2 | 4 | 8
pid = os.fork()
if pid == 0:
    os.read(0, 1)
    os.execv(sys.argv[1], sys.argv[1:])
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
assert libc.ptrace(SEIZE, pid, None, TRACEFORK) == 0
os.write(1, b"seized\\n")
while True:
    stopped, status = os.waitpid(-1, 0x40000000)
    if os.WIFSTOPPED(status):
        libc.ptrace(CONT, stopped, None, 0 if status >> 16 else os.WSTOPSIG(status))
    elif stopped == pid:
        os._exit(os.waitstatus_to_exitcode(status) & 0xff)
"""


def test_below_another_tracer_one_line_says_so(sigforward):
    outer = subprocess.Popen([*PYTHON, TRACES_ITS_CHILD, sigforward, "--trace", "--no-guard", "--", "sh", "-c", "echo ran; exit 7"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert outer.stdout.readline() == "seized\n"
    out, err = outer.communicate("x", DEADLINE)
    assert (out, outer.returncode) == ("ran\n", 7)
    assert err.count("\n") == 1 and err.startswith("sigforward: --trace: process ") and "already" in err


def test_a_command_with_privileges_of_its_file_gets_them(sigforward, tmp_path):
    assert os.geteuid() == 0, "the tests run as root, because root alone changes users"
    program = tmp_path / "id"
    program.write_bytes(Path("/usr/bin/id").read_bytes())
    program.chmod(0o4755)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    done = run(sigforward, "--trace", "--no-preload", "--", program, "-u", user=65534, group=65534, extra_groups=[])
    assert done.stdout == "0\n"
    assert "privileges" in done.stderr and done.stderr.count("\n") == 1


def test_two_wrappers_trace_each_its_own_command(serve, expected, sigforward):
    server = serve("gcc, static", "--", sigforward, "--trace")
    inner = server.pid
    server.pid = child_of(inner)
    assert (tracer_of(inner), tracer_of(server.pid)) == (server.process.pid, inner)
    server.work()
    assert server.end("kill -9") == -signal.SIGKILL
    assert server.counts() == expected("gcc, static")


# The guard


@pytest.mark.parametrize("runtime", ["gcc, static", "clang", "Go, static"])
def test_the_guard_traces_on_when_the_wrapper_is_killed(serve, expected, runtime):
    # The server lives through the grace, because SIGTERM is blocked below.
    with blocked(signal.SIGTERM):
        server = serve(runtime, "--grace", "8s", "--signals", "USR2" if runtime.startswith("Go") else "TERM")
    server.work()
    guard, _ = both_guards_of(server.pid)
    kill_from_outside(server.process.pid)
    eventually(lambda: tracer_of(server.pid) == guard)
    kill_from_outside(server.pid)
    eventually(lambda: state(guard) == "gone")
    assert server.counts() == expected(runtime)


@contextlib.contextmanager
def blocked(signo):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signo, signal.SIGUSR2})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_the_guard_keeps_what_its_own_signal_ends(serve, expected):
    server = serve("gcc, static")
    server.work()
    guard, _ = both_guards_of(server.pid)
    kill_from_outside(server.process.pid)
    eventually(lambda: state(server.pid) == "gone" and state(guard) == "gone")
    assert server.counts() == expected("gcc, static")


def test_the_second_guard_traces_on_when_the_first_is_killed_too(serve, expected):
    with blocked(signal.SIGTERM):
        server = serve("gcc, static", "--grace", "8s")
    server.work()
    first, second = both_guards_of(server.pid)
    kill_from_outside(first)
    kill_from_outside(server.process.pid)
    eventually(lambda: tracer_of(server.pid) == second)
    kill_from_outside(server.pid)
    eventually(lambda: state(second) == "gone")
    assert server.counts() == expected("gcc, static")


# As without


SCRIPTS = [
    "echo out; echo err >&2; exit 7",
    "kill -TERM $$",
    "kill -SEGV $$",
    "kill -STOP $$; echo on",
    "trap 'echo got' USR1; kill -USR1 $$; echo on",
    # dash says "Killed" by itself, or not: 99 of 100.
    "exec 2>/dev/null; sleep 30 & kill -9 $!; wait $!; echo $?",
    "sleep 0.05 & wait; echo $?",
    "trap 'echo child' CHLD; /bin/true; /bin/true; echo on",
    "exec /bin/false",
    "ulimit -c 0; kill -QUIT $$",
    "no-such-command-at-all",
    "(echo in a subshell; exit 4); echo $?",
    "read line <&-; echo $?",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_output_and_status_are_as_without(sigforward, script):
    seen = []
    for options in ([], ["--trace"]):
        wrapped = subprocess.Popen([sigforward, *options, "--", "sh", "-c", script], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        if "STOP" in script:
            stopped = "t" if options else "T"
            eventually(lambda wrapped=wrapped, stopped=stopped: state(child_of(wrapped.pid)) == stopped)
            os.kill(child_of(wrapped.pid), signal.SIGCONT)
        out, err = wrapped.communicate(timeout=DEADLINE)
        seen.append((wrapped.returncode, out, err))
    assert seen[0] == seen[1]


def test_thousands_of_signals_arrive_each(sigforward, tmp_path):
    """Stops come at any moment of the wrapper's loop: one that it takes for an end ends the command."""
    source = tmp_path / "main.c"
    source.write_text("""
        #include <signal.h>
        #include <stdio.h>
        static volatile int count;
        static void note(int signo) { count += signo == SIGUSR1; }
        int main(void) {
          signal(SIGUSR1, note);
          for (int i = 0; i < 20000; ++i) raise(SIGUSR1);
          return printf("%d\\n", count) < 0;
        }
    """)
    subprocess.run(["gcc", source, "-o", tmp_path / "program"], check=True)
    for _ in range(3):
        done = run(sigforward, "--trace", "--", tmp_path / "program")
        assert (done.returncode, done.stdout, done.stderr) == (0, "20000\n", "")


def test_stops_that_the_parent_sees_are_as_without(sigforward):
    """SIGTSTP to sigforward stops it, SIGCONT continues both, again and again."""
    seen = []
    for options in ([], ["--trace"]):
        wrapped = subprocess.Popen([sigforward, *options, "--", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, process_group=0)
        told = []
        for word in ("one\n", "two\n"):
            wrapped.stdin.write(word)
            wrapped.stdin.flush()
            told.append(wrapped.stdout.readline())
            os.kill(wrapped.pid, signal.SIGTSTP)
            _, status = os.waitpid(wrapped.pid, os.WUNTRACED)
            told.append(os.WSTOPSIG(status))
            told.append(state(child_of(wrapped.pid)) in "Tt")
            os.kill(wrapped.pid, signal.SIGCONT)
        out, _ = wrapped.communicate("three\n", DEADLINE)
        seen.append([*told, out, wrapped.returncode])
    assert seen[0] == seen[1] == ["one\n", signal.SIGTSTP, True, "two\n", signal.SIGTSTP, True, "three\n", 0]


def test_a_stopped_command_takes_a_kill(serve, expected):
    server = serve("gcc, static")
    server.work()
    os.kill(server.pid, signal.SIGSTOP)
    eventually(lambda: state(server.pid) == "t")
    time.sleep(0.05)
    assert state(server.pid) == "t", "a stop lasts"
    assert server.end("kill -9") == -signal.SIGKILL
    assert server.counts() == expected("gcc, static")


def test_the_pidfile_and_the_ready_line_come_as_without(sigforward, tmp_path):
    read, write = os.pipe()
    command = [sigforward, "--trace", "--pidfile", tmp_path / "pid", "--ready-fd", str(write), "--", "sleep", "30"]
    wrapped = subprocess.Popen(command, pass_fds=[write])
    os.close(write)
    pid = int(os.read(read, 20))
    os.close(read)
    assert pid == child_of(wrapped.pid) and (tmp_path / "pid").read_text() == f"{pid}\n"
    wrapped.terminate()
    assert wrapped.wait(DEADLINE) == -signal.SIGTERM
    assert not (tmp_path / "pid").exists()


def test_a_command_that_cannot_be_executed_is_named_as_without(sigforward):
    for options in (["--trace"], ["--trace", "--pidfile", "/dev/shm/covenv-trace-test.pid"]):
        done = run(sigforward, *options, "--", "/no/such")
        assert done.returncode == 127 and done.stderr.startswith("sigforward: '/no/such' does not exist")


def test_at_rest_it_does_not_wake_up(serve):
    server = serve("gcc, static")

    def switches():
        text = Path(f"/proc/{server.process.pid}/status").read_text()
        return sum(int(line.split()[1]) for line in text.splitlines() if "ctxt_switches" in line)

    time.sleep(0.2)
    before = switches()
    time.sleep(1)
    assert switches() == before


@pytest.mark.parametrize("file", ["test_job_control.py", "test_terminal.py"])
def test_the_other_tests_hold(file, request):
    """By the variable, which the wrappers of those tests get from their environment."""
    here = Path(__file__).resolve().parent
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--build-dir", request.config.getoption("--build-dir"),
               here / file]
    done = subprocess.run(command, env={**os.environ, "SIGFORWARD_TRACE": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


# covenv run


def test_covenv_run_traces_its_command_and_reports_it(covenv, programs, expected, tmp_path):
    report = tmp_path / "report.json"
    server = Server([covenv, "run", "--trace", "--report", report, "--"], "gcc, static", programs("gcc, static"), tmp_path / "data")
    server.work()
    assert server.end("kill -9") == -signal.SIGKILL
    assert server.counts() == expected("gcc, static")
    assert told(report) == [(None, ["counters"])]
    server.close()


def test_covenv_run_tells_what_its_tracer_may_not_read(covenv, programs, tmp_path):
    report = tmp_path / "report.json"
    ordinary = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    prefix = [*ordinary, covenv, "run", "--trace", "--report", report, "--"]
    server = Server(prefix, "gcc", programs("gcc"), tmp_path / "data")
    server.work(["7", "undumpable"])
    assert server.end("crash") == -signal.SIGSEGV
    assert not any(server.counts().values())
    assert told(report) == [("counters-denied", [])]
    server.close()


def told(report):
    """Of each process in the report, why it is lost (None: it is not), and by what it was saved."""
    processes = json.loads(report.read_text())["processes"]
    return [(each["loss"] and each["loss"]["reason"], [save["why"] for save in each["saves"]]) for each in processes]
