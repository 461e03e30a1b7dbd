# SPDX-License-Identifier: MIT
"""Processes that the command leaves behind: sigforward reaps those that end, sends SIGTERM once to those that live,
grants them the grace, and waits for their end.

Each process that is left writes its name and what happens to it, line by line, to a file that the case reads.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from wrapped import DEADLINE, PYTHON, eventually, state

HERE = Path(__file__).resolve().parent

# Functions by which a command leaves children behind. A child writes when it is ready, and each SIGTERM that it gets.
LIBRARY = """
import os, signal, sys, time

LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def say(text):
    os.write(LOG, f"{text}\\n".encode())

def until_term(name, then=lambda: None, count_for=0, on_term=lambda *_: None):
    r, w = os.pipe()
    os.set_blocking(w, False)
    signal.set_wakeup_fd(w)
    signal.signal(signal.SIGTERM, on_term)
    say(f"{name} ready {os.getpid()}")
    os.read(r, 1)
    say(f"{name} TERM")
    end = time.monotonic() + count_for
    while (left := end - time.monotonic()) > 0:
        import select
        if select.select([r], [], [], left)[0]:
            os.read(r, 1)
            say(f"{name} TERM")
    then()
    os._exit(0)

def child(run):
    if os.fork() == 0:
        run()
        os._exit(0)

def daemon(run):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork() == 0:
            run()
        os._exit(0)
    os.waitpid(pid, 0)

def session(run):
    def leader():
        os.setsid()
        run()
    child(leader)

def wait_for(names):
    while not all(f"{name} ready" in open(sys.argv[1]).read() for name in names):
        time.sleep(0.005)
"""


class Left:
    def __init__(self, wrap, file):
        self._wrap = wrap
        self._file = file

    def start(self, code, *options, **popen):
        self._file.touch()
        return self._wrap(*options, "--", *PYTHON, LIBRARY + code, self._file, **popen)

    def lines(self):
        return self._file.read_text().splitlines()

    def terms(self, name):
        return self.lines().count(f"{name} TERM")

    def pid(self, name):
        return next(int(line.split()[2]) for line in self.lines() if line.startswith(f"{name} ready"))


@pytest.fixture
def left(wrap, tmp_path):
    return Left(wrap, tmp_path / "log")


KINDS = {
    "in the group": "child(lambda: until_term('it', count_for=0.3))",
    "in a session of its own": "session(lambda: until_term('it', count_for=0.3))",
    "a daemon": "daemon(lambda: until_term('it', count_for=0.3))",
    "a daemon's child": "daemon(lambda: (child(lambda: until_term('it', count_for=0.3)), time.sleep(30)))",
}


@pytest.mark.parametrize("code", KINDS.values(), ids=KINDS)
def test_left_by_a_command_that_has_exited_it_is_asked_once_and_awaited(left, code):
    begin = time.monotonic()
    wrapped = left.start(f"{code}\nwait_for(['it'])\nos._exit(3)", "--grace", "20s")
    assert wrapped.wait() == 3
    assert wrapped.all_gone()
    assert left.terms("it") == 1
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("code", KINDS.values(), ids=KINDS)
def test_left_by_a_command_that_was_terminated_it_is_asked_once(left, code):
    wrapped = left.start(f"{code}\nwait_for(['it'])\nsay('ready')\ntime.sleep(30)", "--grace", "20s")
    eventually(lambda: "ready" in left.lines())
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == -signal.SIGTERM
    assert wrapped.all_gone()
    assert left.terms("it") == 1


@pytest.mark.parametrize("code", KINDS.values(), ids=KINDS)
def test_one_that_does_not_end_is_killed_when_the_grace_is_over(left, code):
    wrapped = left.start(f"{code.replace('0.3', '30')}\nwait_for(['it'])\nos._exit(3)", "--grace", "400ms")
    eventually(lambda: left.terms("it"))
    begin = time.monotonic()
    assert wrapped.wait() == 3
    assert time.monotonic() - begin >= 0.3
    assert wrapped.all_gone()


@pytest.mark.parametrize("code", list(KINDS.values())[1:], ids=list(KINDS)[1:])
def test_where_the_command_takes_the_whole_grace_the_others_are_asked_at_half_of_it(left, code):
    code = f"{code.replace('0.3', '0')}\nwait_for(['it'])\nsignal.signal(15, signal.SIG_IGN)\nsay('ready')\ntime.sleep(30)"
    wrapped = left.start(code, "--grace", "1s")
    eventually(lambda: "ready" in left.lines())
    begin = time.monotonic()
    os.kill(wrapped.pid, signal.SIGTERM)
    eventually(lambda: left.terms("it"))
    assert 0.5 <= time.monotonic() - begin < 0.95
    assert wrapped.wait() == -signal.SIGKILL
    assert time.monotonic() - begin >= 1


@pytest.mark.parametrize("code", KINDS.values(), ids=KINDS)
def test_left_by_a_killed_wrapper_it_is_asked_once(left, code):
    """Daemons, too: sigforward finds them by their environment, because their parent is gone."""
    wrapped = left.start(f"{code}\nwait_for(['it'])\nsay('ready')\ntime.sleep(30)", "--grace", "20s")
    eventually(lambda: "ready" in left.lines())
    wrapped.process.kill()
    assert wrapped.all_gone()
    assert left.terms("it") == 1


def test_a_wrapper_that_is_killed_while_it_ends_the_rest_has_told_its_guard(left):
    code = "daemon(lambda: until_term('it', count_for=30))\nwait_for(['it'])\nos._exit(3)"
    wrapped = left.start(code, "--grace", "700ms")
    eventually(lambda: left.terms("it"))
    wrapped.process.kill()
    assert wrapped.all_gone()
    assert left.terms("it") == 1


def test_leftovers_that_kill_the_wrapper_at_their_term_get_one(left):
    """The first of them kills the wrapper while the wrapper asks the others, which the guard then asks."""
    names = [f"n{i}" for i in range(8)]
    code = "\n".join([
        "wrapper = os.pidfd_open(os.getppid())",
        "def kill(*_):",
        "    try: signal.pidfd_send_signal(wrapper, signal.SIGKILL)",
        "    except ProcessLookupError: pass",
        *(f"child(lambda: until_term({name!r}, count_for=30, on_term=kill))" for name in names),
        f"wait_for({names!r})\nos._exit(3)",
    ])
    wrapped = left.start(code, "--no-preload", "--grace", "700ms")
    assert wrapped.wait() == -signal.SIGKILL
    assert wrapped.all_gone()
    assert [left.terms(name) for name in names] == [1] * len(names)


@pytest.mark.parametrize("is_asked", [True, False], ids=["is asked by the sender", "is not"])
def test_a_daemon_below_a_wrapper_that_keeps_term_gets_one(left, is_asked):
    """With `--map TERM=` the sender has sent SIGTERM to all processes. One that it has missed gets it at half of the grace."""
    code = "daemon(lambda: until_term('it', count_for=1))\nwait_for(['it'])\nsay('command ready %d' % os.getpid())\nsignal.pause()"
    wrapped = left.start(code, "--map", "TERM=", "--grace", "5s")
    eventually(lambda: any(line.startswith("command ready") for line in left.lines()))
    for pid in [left.pid("it")] * is_asked + [wrapped.pid, left.pid("command")]:
        os.kill(pid, signal.SIGTERM)
    assert wrapped.all_gone()
    assert left.terms("it") == 1


def test_many_kinds_at_once(left):
    kinds = {
        "deaf": "child(lambda: until_term('deaf', count_for=30))",
        "slow": "session(lambda: until_term('slow', count_for=0.5))",
        "stopped": "child(lambda: until_term('stopped'))",
        "daemon": "daemon(lambda: until_term('daemon', count_for=0.4))",
        "forks": "daemon(lambda: until_term('forks', then=lambda: child(lambda: time.sleep(30))))",
        "nested": "child(nested)",
    }
    code = "\n".join([
        "def nested():",
        "    import ctypes",
        "    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)",
        "    daemon(lambda: until_term('nested', count_for=0.3))",
        "    until_term('reaper', count_for=0.6)",
        *kinds.values(),
        f"wait_for({[*kinds, 'reaper']!r})",
        "os.kill([int(l.split()[2]) for l in open(sys.argv[1]) if l.startswith('stopped')][0], signal.SIGSTOP)",
        "os._exit(3)",
    ])
    begin = time.monotonic()
    wrapped = left.start(code, "--grace", "2s")
    assert wrapped.wait() == 3
    assert 2 <= time.monotonic() - begin
    assert wrapped.all_gone()
    assert {name: left.terms(name) for name in [*kinds, "reaper"]} == dict.fromkeys([*kinds, "reaper"], 1)


def test_daemons_are_left_alone_where_that_is_wanted(left):
    code = "daemon(lambda: until_term('it'))\nwait_for(['it'])\nos._exit(3)"
    wrapped = left.start(code, "--no-subreaper", "--grace", "20s")
    assert wrapped.wait() == 3
    eventually(lambda: state(left.pid("it")) == "S")
    assert left.terms("it") == 0
    os.kill(left.pid("it"), signal.SIGTERM)
    assert wrapped.all_gone()


def test_children_from_before_are_left_alone(sigforward, tmp_path):
    """A background job that a script starts before it becomes sigforward is no child of the command."""
    script = f'sleep 30 & echo $! >"{tmp_path}/job"; exec "{sigforward}" -- sh -c "exit 4"'
    assert subprocess.run(["sh", "-c", script], timeout=DEADLINE, check=False).returncode == 4
    job = int((tmp_path / "job").read_text())
    eventually(lambda: state(job) == "S")
    os.kill(job, signal.SIGKILL)


# As the first process of a pid namespace

NAMESPACES = {
    "its own /proc": ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
    "the /proc of another": ["unshare", "--pid", "--fork", "--kill-child"],
}


@pytest.fixture(params=NAMESPACES.values(), ids=NAMESPACES)
def first(request, sigforward, left):
    """A function that starts sigforward as PID 1 on Python code with LIBRARY, and returns the Popen."""

    def start(code, *options):
        left._file.touch()
        return subprocess.Popen(
            [*request.param, sigforward, *options, "--", *PYTHON, LIBRARY + code, left._file],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    return start


@pytest.mark.parametrize("code", KINDS.values(), ids=KINDS)
def test_as_pid_1_all_are_asked_and_awaited(first, left, code):
    begin = time.monotonic()
    with first(f"{code.replace('0.3', '0')}\nwait_for(['it'])\nos._exit(3)", "--grace", "20s") as process:
        assert process.wait(DEADLINE) == 3
    assert left.terms("it") == 1
    assert time.monotonic() - begin < DEADLINE


def test_as_pid_1_a_deaf_one_is_killed_after_the_grace(first, left):
    code = "session(lambda: until_term('it', count_for=30))\nwait_for(['it'])\nos._exit(3)"
    with first(code, "--grace", "400ms") as process:
        eventually(lambda: left.terms("it"))
        begin = time.monotonic()
        assert process.wait(DEADLINE) == 3
        assert time.monotonic() - begin >= 0.3


def test_a_strangers_number_is_never_signalled(sigforward, tmp_path):
    """Two bystanders survive if sigforward runs in a pid namespace whose /proc shows another namespace's pids."""
    witness = subprocess.Popen(["sleep", "60"])
    try:
        command = ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c",
                   f'"{sigforward}" --grace 100ms -- sh -c "setsid sleep 30 & sleep 0.1"; kill -0 $$']
        subprocess.run(command, timeout=DEADLINE, check=True)
        assert witness.poll() is None
    finally:
        witness.kill()
        witness.wait()


def test_without_proc_it_forwards_and_ends_the_group(sigforward):
    script = f'mount -t tmpfs none /proc && exec "{sigforward}" --grace 300ms -- sh -c "sleep 30 & exit 5"'
    begin = time.monotonic()
    assert subprocess.run(["unshare", "--mount", "sh", "-c", script], timeout=DEADLINE, check=False).returncode == 5
    assert time.monotonic() - begin < 5
    script = f'mount -t tmpfs none /proc && exec "{sigforward}" --grace 5 -- sleep 30'
    with subprocess.Popen(["unshare", "--mount", "sh", "-c", script]) as process:
        eventually(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sigforward\n")
        process.terminate()
        assert process.wait(DEADLINE) == -signal.SIGTERM


def test_without_proc_what_is_left_in_the_group_is_asked_once(sigforward, tmp_path):
    told = tmp_path / "told"
    left = f'trap "echo TERM >> {told}; exit" TERM; echo ready >> {told}; while :; do sleep 0.05; done'
    (tmp_path / "command").write_text(f"sh -c '{left}' &\nuntil test -s {told}; do sleep 0.01; done; exit 5\n")
    script = f'mount -t tmpfs none /proc && exec "{sigforward}" --no-preload --grace 20s -- sh {tmp_path}/command'
    begin = time.monotonic()
    assert subprocess.run(["unshare", "--mount", "sh", "-c", script], timeout=30, check=False).returncode == 5
    assert told.read_text() == "ready\nTERM\n"
    assert time.monotonic() - begin < DEADLINE


def test_the_log_names_the_wrapper_in_each_line(left, tmp_path):
    log = tmp_path / "log of the wrapper"
    wrapped = left.start("child(lambda: until_term('it'))\nwait_for(['it'])\nos._exit(3)", "--log", log, "--grace", "20s")
    assert wrapped.wait() == 3
    lines = log.read_text().splitlines()
    assert any(f"process {left.pid('it')} is left" in line for line in lines)
    assert all(f" sigforward[{wrapped.pid}]: " in line for line in lines)


def test_what_may_not_be_signalled_does_not_hold_it(sigforward, tmp_path):
    """sigforward, not as root, ends after its grace although a leftover (a setuid program) runs as root."""
    if os.geteuid() != 0:
        pytest.fail("run as root: the case needs two users")
    tool = tmp_path / "sleep"
    tool.write_bytes(Path("/bin/sleep").read_bytes())
    tool.chmod(0o4755)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    copy = tmp_path / "sigforward"
    copy.write_bytes(Path(sigforward).read_bytes())
    copy.chmod(0o755)
    begin = time.monotonic()
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "--grace", "300ms", "--", "sh", "-c",
               f'"{tool}" 4 & exit 6']
    assert subprocess.run(command, timeout=DEADLINE, check=False).returncode == 6
    assert time.monotonic() - begin < 3.5


# Orphans


@pytest.fixture(scope="module")
def orphans(tmp_path_factory):
    program = tmp_path_factory.mktemp("orphans") / "orphans"
    subprocess.run(["gcc", "-O1", HERE / "orphans.c", "-o", program], check=True)
    return program


def zombies_of(pid):
    return [child for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()) if state(child) == "Z"]


def test_ten_thousand_orphans_are_reaped(wrap, orphans):
    wrapped = wrap("--", orphans, "10000")
    assert wrapped.line(60) == "made"
    eventually(lambda: not zombies_of(wrapped.pid))
    wrapped.process.stdin.close()
    assert wrapped.wait() == 0


def test_as_pid_1_ten_thousand_orphans_are_reaped(sigforward, orphans):
    command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", sigforward, "--", "sh", "-c",
               f'"{orphans}" 10000 </dev/null >/dev/null; ps -e -o stat= | grep -c Z']
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout == "0\n"


ADOPTED = """
import os, time
if os.fork() == 0:
    first = os.getpid()
    if os.fork() == 0:
        while os.getppid() == first:
            time.sleep(0.001)
        print(os.getppid(), flush=True)
    os._exit(0)
time.sleep(30)
"""


def test_an_orphans_parent_is_the_wrapper(wrap):
    wrapped = wrap("--", *PYTHON, ADOPTED)
    assert int(wrapped.line()) == wrapped.pid
