# SPDX-License-Identifier: MIT
"""sigforward as its users start it: real processes, one behaviour per test.

Every process of a case inherits the write end of a pipe, so the pipe's end of file says that all have gone. A process
that wrongly survives lives for 30 s, which is longer than each deadline here.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from wrapped import DEADLINE, IGNORES_TERM, PYTHON, REPORTER, SAYS_READY, both_guards_of, eventually, ready, run, state

# Forwarding


FORWARDED = [
    signo
    for signo in sorted(signal.valid_signals() | {32, 33})
    if signo not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD)
]


@pytest.mark.parametrize("signo", [s for s in FORWARDED if s not in (32, 33)])
def test_a_signal_reaches_the_command(wrap, signo):
    wrapped = ready(wrap("--grace", "inf", "--", *PYTHON, REPORTER, str(int(signo))))
    os.kill(wrapped.pid, signo)
    assert wrapped.line() == str(int(signo))


@pytest.mark.parametrize("signo", [32, 33])
def test_a_signal_that_glibc_keeps_for_itself_reaches_the_command(wrap, signo):
    wrapped = ready(wrap("--", *PYTHON, SAYS_READY))
    os.kill(wrapped.pid, signo)
    assert wrapped.wait() == -signo


def test_the_whole_group_gets_the_signal(wrap):
    wrapped = ready(wrap("--grace", "inf", "--", *PYTHON, f"import os, time\nif os.fork(): time.sleep(30)\n{REPORTER}", "15"))
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.line() == "15"


def test_queued_real_time_signals_all_arrive(wrap):
    signo = signal.SIGRTMIN + 1
    wrapped = ready(wrap("--", *PYTHON, REPORTER, str(signo)))
    os.kill(wrapped.pid, signal.SIGSTOP)
    for _ in range(3):
        os.kill(wrapped.pid, signo)
    os.kill(wrapped.pid, signal.SIGCONT)
    assert [wrapped.line() for _ in range(3)] == [str(signo)] * 3


def status_field(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return line.split()[1]
    raise AssertionError(name)


# Statuses


@pytest.mark.parametrize("code", [0, 1, 7, 125, 126, 127, 255])
def test_the_exit_code_is_mirrored(sigforward, code):
    result = run(sigforward, "--", "sh", "-c", f"exit {code}")
    assert (result.returncode, result.stderr) == (code, "")


@pytest.mark.parametrize(
    "signo", [signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGRTMIN + 1]
)
def test_death_by_signal_is_mirrored(sigforward, signo):
    assert run(sigforward, "--", *PYTHON, f"import os; os.kill(os.getpid(), {int(signo)})").returncode == -signo


def test_a_mirrored_death_leaves_no_core(sigforward, tmp_path):
    import resource

    def unlimited():
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    code = "import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()"
    process = subprocess.Popen([sigforward, "--", *PYTHON, code], cwd=tmp_path, preexec_fn=unlimited)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -os.WTERMSIG(status)
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []


def test_as_pid_1_death_by_signal_is_128_plus_n(sigforward):
    result = subprocess.run(
        ["unshare", "--pid", "--fork", "--kill-child", sigforward, "--", "sh", "-c", "kill -TERM $$"],
        timeout=DEADLINE,
        check=False,
    )
    assert result.returncode == 128 + signal.SIGTERM


def test_as_pid_1_it_reaps_orphans(sigforward):
    # The loop ends only when the orphan is reaped, because `kill -0` finds a zombie as well.
    script = 'orphan=$(sh -c "sleep 0 >/dev/null & echo \\$!"); while kill -0 $orphan 2>/dev/null; do :; done'
    result = subprocess.run(
        ["unshare", "--pid", "--fork", "--kill-child", sigforward, "--", "sh", "-c", script],
        timeout=DEADLINE,
        check=False,
    )
    assert result.returncode == 0


# Mistakes


MISTAKES = [
    ([], 125, "no command given: write it behind the options, as in sigforward -- pytest"),
    (["--"], 125, "no command given: write it behind the options, as in sigforward -- pytest"),
    (["--grace"], 125, "--grace needs a duration: write 1s, 500ms"),
    (["--grace", "5x", "--", "true"], 125, "'--grace 5x' is no duration: write 1s, 500ms"),
    (["--grace=-1", "--", "true"], 125, "'--grace -1' is no duration: write 1s"),
    (["--grce", "1s", "--", "true"], 125, "unknown option '--grce': see sigforward --help"),
    (["-x", "true"], 125, "unknown option '-x': see sigforward --help"),
    (["--verbose=3", "true"], 125, "unknown option '--verbose=3': see sigforward --help"),
    (["no-such-command"], 127, "'no-such-command' was not found: install it, or add its folder to PATH"),
    (["/no/such"], 127, "'/no/such' does not exist: check the path and the working directory"),
    (["/etc/passwd"], 126, "cannot execute '/etc/passwd': Permission denied: check its permissions"),
    (["/"], 126, "cannot execute '/': Permission denied: check its permissions"),
]


@pytest.mark.parametrize("arguments, code, message", MISTAKES)
def test_a_mistake_gets_its_code_and_one_line_that_mends_it(sigforward, arguments, code, message):
    result = run(sigforward, *arguments)
    assert result.returncode == code
    assert result.stdout == ""
    assert result.stderr.startswith(f"sigforward: {message}")
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n")


def test_a_script_without_its_interpreter_is_named_as_such(sigforward, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    result = run(sigforward, script)
    assert result.returncode == 127
    assert "exists, but what its #! line names" in result.stderr


def test_a_bad_variable_is_named(sigforward):
    result = run(sigforward, "true", env={**os.environ, "SIGFORWARD_GRACE": "soon"})
    assert (result.returncode, "'SIGFORWARD_GRACE=soon' is no duration" in result.stderr) == (125, True)


def test_a_mistake_with_stderr_closed_does_not_hang(sigforward):
    result = subprocess.run(["sh", "-c", '"$1" no-such-command 2>&-', "-", sigforward], timeout=DEADLINE, check=False)
    assert result.returncode == 127


def test_help_names_the_exit_codes(sigforward):
    result = run(sigforward, "--help")
    assert result.returncode == 0
    assert all(f"  {code}  " in result.stdout for code in (125, 126, 127))


def test_version(sigforward):
    result = run(sigforward, "--version")
    assert (result.returncode, result.stdout.split()[0], result.stderr) == (0, "sigforward", "")


def test_help_that_cannot_be_written_is_a_failure(sigforward):
    with open("/dev/full", "w") as full:
        result = subprocess.run([sigforward, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
    assert result.returncode == 125


def test_options_behind_the_command_are_its_own(sigforward):
    assert run(sigforward, "echo", "--grace", "1s").stdout == "--grace 1s\n"


def test_verbose_says_what_happens(wrap):
    wrapped = ready(wrap("--verbose", "--grace", "50ms", "--", *PYTHON, IGNORES_TERM))
    os.kill(wrapped.pid, signal.SIGTERM)
    error = wrapped.process.communicate(timeout=DEADLINE)[1].decode()
    for text in ("SIGTERM from process", "starts the grace period: 0.050 s", "the grace period is over: SIGKILL"):
        assert text in error


# The grace period


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_past_the_grace_comes_sigkill(wrap, signo):
    wrapped = ready(wrap("--grace", "200ms", "--", *PYTHON, REPORTER, str(int(signo))))
    begin = time.monotonic()
    os.kill(wrapped.pid, signo)
    assert wrapped.line() == str(int(signo))
    assert wrapped.wait() == -signal.SIGKILL
    assert time.monotonic() - begin >= 0.2
    assert wrapped.all_gone()


def test_the_grace_comes_from_the_environment(wrap):
    wrapped = ready(wrap("--", *PYTHON, IGNORES_TERM, env={**os.environ, "SIGFORWARD_GRACE": "0"}))
    begin = time.monotonic()
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == -signal.SIGKILL
    assert time.monotonic() - begin < 1


def test_another_signal_starts_no_grace(wrap):
    wrapped = ready(wrap("--grace", "0", "--", *PYTHON, REPORTER, str(int(signal.SIGUSR1))))
    os.kill(wrapped.pid, signal.SIGUSR1)
    assert wrapped.line() == str(int(signal.SIGUSR1))
    wrapped.process.stdin.close()
    assert wrapped.wait() == 0


def test_an_endless_grace_never_kills(wrap):
    wrapped = ready(wrap("--grace", "inf", "--", *PYTHON, REPORTER, "15"))
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.line() == "15"
    wrapped.process.stdin.close()
    assert wrapped.wait() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_later_signals_neither_restart_the_clock_nor_escalate(wrap, second):
    """The second signal comes every 100 ms. A clock that restarts would never end, an escalation would at 100 ms."""
    wrapped = ready(wrap("--grace", "600ms", "--", *PYTHON, REPORTER, "15", "2"))
    begin = time.monotonic()
    os.kill(wrapped.pid, signal.SIGTERM)
    while wrapped.process.poll() is None:
        os.kill(wrapped.pid, second)
        with contextlib.suppress(subprocess.TimeoutExpired):
            wrapped.process.wait(0.1)
        assert time.monotonic() - begin < DEADLINE
    assert wrapped.wait() == -signal.SIGKILL
    assert 0.6 <= time.monotonic() - begin < 3


def test_a_later_different_signal_is_passed_on(wrap):
    wrapped = ready(wrap("--grace", "inf", "--", *PYTHON, REPORTER, "15", "2"))
    os.kill(wrapped.pid, signal.SIGINT)
    assert wrapped.line() == "2"
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.line() == "15"


def test_a_stopped_command_ends_on_term(wrap):
    wrapped = ready(wrap("--grace", "inf", "--", *PYTHON, SAYS_READY))
    [child] = wrapped.children()
    os.kill(child, signal.SIGSTOP)
    eventually(lambda: state(child) in "Tt")
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == -signal.SIGTERM


# What is left of the group


# A leader that exits with 3 once its child is ready. The child waits for SIGTERM, and then prints TERM to stderr.
LEFTOVER = """
import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
r, w = os.pipe()
if os.fork():
    os.read(r, 1)
    os._exit(3)
os.write(w, b"x")
signal.sigwait([signal.SIGTERM])
os.write(2, b"TERM\\n")
"""


def test_leftovers_get_term_and_it_returns_when_they_are_gone(wrap):
    begin = time.monotonic()
    wrapped = wrap("--grace", "20s", "--", *PYTHON, LEFTOVER)
    assert wrapped.wait() == 3
    assert time.monotonic() - begin < 5
    assert wrapped.all_gone()
    assert wrapped.process.stderr.read() == b"TERM\n"


def test_leftovers_that_stay_get_kill_after_a_whole_grace(wrap):
    begin = time.monotonic()
    wrapped = wrap("--grace", "300ms", "--", *PYTHON, LEFTOVER + "time.sleep(30)")
    assert wrapped.wait() == 3
    assert time.monotonic() - begin >= 0.3
    assert wrapped.all_gone()


# A leader and its child, which both wait for SIGTERM and then run {leader} and {child}. The leader exits with 4.
PAIR = """
import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
if os.fork() == 0:
    signal.sigwait([signal.SIGTERM])
    os.write(2, b"TERM\\n")
    {child}
    os._exit(0)
os.write(1, b"ready\\n")
signal.sigwait([signal.SIGTERM])
{leader}
os._exit(4)
"""


def test_leftovers_have_the_rest_of_a_running_grace(wrap):
    # The leader takes 800 ms of the grace of 1000 ms. A new grace for the child would end at 1800 ms.
    wrapped = ready(
        wrap("--grace", "1s", "--", *PYTHON, PAIR.format(leader="time.sleep(0.8)", child="time.sleep(30)"))
    )
    begin = time.monotonic()
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == 4
    assert 1.0 <= time.monotonic() - begin < 1.6
    assert wrapped.all_gone()


def test_a_leftover_that_got_term_gets_no_second_one(wrap):
    again = "if signal.sigtimedwait([signal.SIGTERM], 0.3): os.write(2, b'again')"
    wrapped = ready(wrap("--grace", "20s", "--", *PYTHON, PAIR.format(leader="", child=again)))
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == 4
    assert wrapped.process.stderr.read() == b"TERM\n"


def test_signals_still_reach_leftovers(wrap):
    wrapped = wrap(
        "--grace", "20s", "--", *PYTHON, LEFTOVER + "os.write(1, b'ready\\n'); signal.sigwait([signal.SIGUSR1])"
    )
    ready(wrapped)
    os.kill(wrapped.pid, signal.SIGUSR1)
    assert wrapped.wait() == 3
    assert wrapped.all_gone()


# The wrapper is killed


def test_wrapper_killed_the_command_gets_one_term(wrap):
    wrapped = ready(wrap("--grace", "20s", "--", *PYTHON, REPORTER, "15"))
    wrapped.process.kill()
    assert wrapped.line() == "15"
    assert not select.select([wrapped.process.stdout], [], [], 0.2)[0]


@pytest.mark.parametrize("kind", ["the command", "its daemon"])
def test_a_wrapper_below_a_wrapper_is_killed_before_its_guard_has_run_and_term_arrives_once(sigforward, kind):
    """The guard is held at its first system call, chdir(), for longer than the command counts its signals."""
    command = f"""
import os, signal
wrapper = os.getppid()
if {kind == "its daemon"} and os.fork() != 0: signal.pause()
if {kind == "its daemon"}: os.setsid()
if {kind == "its daemon"} and os.fork() != 0: os._exit(0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.kill(wrapper, signal.SIGKILL)
patience = 60
while signal.sigtimedwait([signal.SIGTERM], patience):
    os.write(1, b"TERM ")
    patience = 1
"""
    held = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=chdir", "-e", "inject=chdir:delay_enter=3000000"]
    wrappers = [sigforward, "--no-preload", "--grace", "20s", "--"] * 2
    result = subprocess.run([*held, *wrappers, *PYTHON, command], capture_output=True, timeout=DEADLINE, check=False)
    assert result.stdout == b"TERM "


EXECUTED_AGAIN = f"""
import os, sys
os.execv(sys.executable, [sys.executable, *{PYTHON[1:]!r}, {REPORTER!r}, "15", "18"])
"""


def kill_in_order(wrapped, order):
    """Kills those that `order` names, in its order: "wrapper", "first" and "second" (the guards)."""
    [child] = wrapped.children()
    first, second = both_guards_of(child)
    for name in order:
        os.kill({"wrapper": wrapped.pid, "first": first, "second": second}[name], signal.SIGKILL)


@pytest.mark.parametrize("order", [
    ["wrapper"], ["first", "wrapper"], ["second", "wrapper"], ["wrapper", "first"], ["wrapper", "second"],
    ["first", "second", "wrapper"]], ids="-".join)
def test_killed_in_any_order_the_command_gets_term_once_and_no_cont(wrap, order):
    """The command's output ends when the guard kills the command, and holds every signal that the command got."""
    wrapped = ready(wrap("--grace", "400ms", "--", *PYTHON, REPORTER, "15", "18"))
    kill_in_order(wrapped, order)
    if order == ["first", "second", "wrapper"]:  # the command outlives the grace, because both guards have ended
        assert wrapped.line() == "15"
        wrapped.process.stdin.close()
        assert wrapped.process.stdout.read() == b""
    else:
        assert wrapped.process.stdout.read() == b"15\n"


def test_wrapper_killed_a_command_gets_term_once_after_it_has_executed_another_program(wrap):
    wrapped = ready(wrap("--grace", "400ms", "--", *PYTHON, EXECUTED_AGAIN))
    kill_in_order(wrapped, ["wrapper"])
    assert wrapped.process.stdout.read() == b"15\n"


@pytest.mark.parametrize("order", [["wrapper"], ["first", "wrapper"], ["wrapper", "first"]], ids="-".join)
def test_wrapper_killed_a_stopped_command_gets_term_and_cont_once(wrap, order):
    """The command has its own session, because the kernel sends HUP and CONT to a stopped group that is orphaned."""
    wrapped = ready(wrap("--new-session", "--grace", "400ms", "--", *PYTHON, REPORTER, "15", "18"))
    [child] = wrapped.children()
    os.kill(child, signal.SIGSTOP)
    eventually(lambda: state(child) in "Tt")
    kill_in_order(wrapped, order)
    assert sorted(wrapped.process.stdout.read().split()) == [b"15", b"18"]


MEMBER = """
import os, sys
member = os.fork()
if member == 0 and sys.argv[1] == "session":
    os.setsid()
sys.argv[1:] = ["15", "18"] if member == 0 else []
"""


@pytest.mark.parametrize("order", [["wrapper"], ["first", "wrapper"], ["second", "wrapper"]], ids="-".join)
@pytest.mark.parametrize("kind", ["group", "session"])
def test_wrapper_killed_a_child_of_the_command_gets_term_once_and_no_cont(wrap, kind, order):
    """The command itself ignores TERM, so it lasts for the whole grace, and a second TERM would reach the child."""
    code = f"{MEMBER}\nif member:\n    import signal, time\n    signal.signal(15, signal.SIG_IGN)\n    time.sleep(30)\n{REPORTER}"
    wrapped = ready(wrap("--grace", "400ms", "--", *PYTHON, code, kind))
    kill_in_order(wrapped, order)
    assert wrapped.process.stdout.read() == b"15\n"


def test_wrapper_killed_a_command_that_ignores_term_is_killed_after_the_grace(wrap):
    wrapped = ready(wrap("--grace", "300ms", "--", *PYTHON, IGNORES_TERM))
    begin = time.monotonic()
    wrapped.process.kill()
    assert wrapped.all_gone()
    assert time.monotonic() - begin >= 0.3


def test_wrapper_killed_a_stopped_command_ends(wrap):
    wrapped = ready(wrap("--grace", "inf", "--", *PYTHON, SAYS_READY))
    [child] = wrapped.children()
    os.kill(child, signal.SIGSTOP)
    eventually(lambda: state(child) in "Tt")
    wrapped.process.kill()
    assert wrapped.all_gone()


def test_wrapper_killed_the_whole_group_gets_term(wrap):
    code = "import os, time\nif os.fork(): time.sleep(30)\nos.write(1, b'ready\\n')\ntime.sleep(30)"
    wrapped = ready(wrap("--grace", "20s", "--", *PYTHON, code))
    wrapped.process.kill()
    assert wrapped.all_gone()


def test_wrapper_killed_while_it_ends_leftovers_they_are_ended_still(wrap):
    wrapped = ready(wrap("--grace", "500ms", "--", *PYTHON, LEFTOVER + "os.write(1, b'ready\\n'); time.sleep(30)"))
    wrapped.process.kill()
    assert wrapped.all_gone()


def test_killpg_on_the_wrappers_group_spares_the_command_its_grace(wrap):
    wrapped = ready(wrap("--grace", "20s", "--", *PYTHON, REPORTER, "15", start_new_session=True))
    os.killpg(wrapped.pid, signal.SIGKILL)
    assert wrapped.line() == "15"
    wrapped.process.stdin.close()
    assert wrapped.all_gone()


@pytest.mark.parametrize("killed", [[0], [1]], ids=["the first", "the second"])
def test_the_guard_that_is_left_ends_what_ignores_term(wrap, killed):
    wrapped = ready(wrap("--grace", "300ms", "--", *PYTHON, IGNORES_TERM))
    [child] = wrapped.children()
    guards = both_guards_of(child)
    for number in killed:
        os.kill(guards[number], signal.SIGKILL)
    wrapped.process.kill()
    assert wrapped.all_gone()


# The kernel sends no signal for the wrapper's end to a command that has changed its user.
ANOTHER_USER = "import os, select, signal; os.setuid(65534)" + REPORTER


@pytest.mark.parametrize("command", [REPORTER, ANOTHER_USER], ids=["asked by the kernel", "asked by the guard"])
def test_a_guard_that_is_killed_at_its_work_has_told_the_second(wrap, command):
    """The second guard goes on with the next rung, and does not send the first signal again."""
    wrapped = ready(wrap("--signals", "TERM:500ms,INT:500ms", "--", *PYTHON, command, "15", "2"))
    [child] = wrapped.children()
    guards = both_guards_of(child)
    wrapped.process.kill()
    assert wrapped.line() == "15"
    os.kill(guards[0], signal.SIGKILL)
    assert wrapped.process.stdout.read() == b"2\n"  # read() returns at the command's end


def test_guards_killed_first_the_command_gets_term_all_the_same(wrap):
    wrapped = ready(wrap("--", *PYTHON, SAYS_READY))
    [child] = wrapped.children()
    for guard in both_guards_of(child):
        os.kill(guard, signal.SIGKILL)
    wrapped.process.kill()
    assert wrapped.all_gone()


EXECUTED_BY_A_THREAD = f"""
import os, sys, threading
program = [sys.executable, *{PYTHON[1:]!r}, {REPORTER!r}, "15", "18"]
thread = threading.Thread(target=os.execv, args=(sys.executable, program))
thread.start()
thread.join()
"""


def test_wrapper_killed_a_command_executed_by_a_thread_gets_term_once(wrap):
    """A guard sends TERM, because the kernel drops the parent-death signal if a thread executes a program (Go does)."""
    wrapped = ready(wrap("--grace", "400ms", "--", *PYTHON, EXECUTED_BY_A_THREAD))
    wrapped.process.kill()
    assert wrapped.process.stdout.read() == b"15\n"


def test_a_guard_that_is_killed_in_doubt_leaves_the_doubt_to_the_second(wrap):
    """The second guard sends TERM if the first is killed before it knows whether the kernel has sent it.

    The kernel has not, because a thread has executed the command; the guards cannot see that.
    """
    wrapped = ready(wrap("--grace", "1s", "--", *PYTHON, EXECUTED_BY_A_THREAD))
    [child] = wrapped.children()
    first, _ = both_guards_of(child)
    wrapped.process.kill()
    eventually(lambda: "poll" in Path(f"/proc/{first}/wchan").read_text())
    os.kill(first, signal.SIGKILL)
    assert wrapped.process.stdout.read() == b"15\n"


def test_signals_without_end_do_not_put_the_kill_off(wrap):
    wrapped = ready(wrap("--grace", "200ms", "--", *PYTHON, IGNORES_TERM))
    begin = time.monotonic()
    while wrapped.process.poll() is None:
        assert time.monotonic() - begin < DEADLINE
        os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == -signal.SIGKILL


def test_killed_in_its_first_3_ms_it_leaves_no_command(wrap):
    for attempt in range(200):
        wrapped = wrap("--", "sleep", "30", stdout=subprocess.DEVNULL)
        time.sleep(attempt / 200 * 0.003)
        wrapped.process.kill()
        assert wrapped.all_gone(), f"round {attempt}"
        wrapped.wait()


def test_term_in_its_first_3_ms_is_never_lost(wrap):
    for attempt in range(200):
        wrapped = wrap("--grace", "inf", "--", "sleep", "30", stdout=subprocess.DEVNULL)
        time.sleep(attempt / 200 * 0.003)
        os.kill(wrapped.pid, signal.SIGTERM)
        assert wrapped.wait() == -signal.SIGTERM, f"round {attempt}"
        assert wrapped.all_gone(), f"round {attempt}"


# Transparency


def start_state(**inherit):
    """Arguments for Popen that start a process with the signals `ignored` ignored, and with `blocked` as its mask."""

    def before_exec():
        for signo in inherit.get("ignored", ()):
            signal.signal(signo, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, inherit.get("blocked", ()))

    return {"preexec_fn": before_exec, "restore_signals": False}


@pytest.mark.parametrize(
    "inherit",
    [
        {},
        {"ignored": [signal.SIGINT, signal.SIGHUP, signal.SIGPIPE]},
        {"ignored": [signal.SIGCHLD]},
        {"blocked": [signal.SIGTERM, signal.SIGUSR2, signal.SIGRTMIN + 3]},
    ],
    ids=str,
)
def test_mask_and_dispositions_arrive_as_they_came(sigforward, inherit):
    probe = ["grep", "-E", "^Sig(Blk|Ign|Cgt):", "/proc/self/status"]
    plain = subprocess.run(probe, capture_output=True, check=True, **start_state(**inherit))
    wrapped = subprocess.run(
        [sigforward, "--", *probe], capture_output=True, check=True, timeout=DEADLINE, **start_state(**inherit)
    )
    assert wrapped.stdout == plain.stdout


def test_ignored_sigchld_does_not_hang_it(sigforward):
    result = run(sigforward, "--", "sh", "-c", "exit 5", **start_state(ignored=[signal.SIGCHLD]))
    assert result.returncode == 5


def test_a_signal_that_came_ignored_starts_no_grace(wrap):
    """Below nohup a hangup is forwarded, and starts no grace, so the command may go on."""
    wrapped = ready(wrap("--grace", "0", "--", *PYTHON, REPORTER, "1", **start_state(ignored=[signal.SIGHUP])))
    os.kill(wrapped.pid, signal.SIGHUP)
    assert wrapped.line() == "1"
    wrapped.process.stdin.close()
    assert wrapped.wait() == 0


def test_a_signal_that_was_pending_at_its_start_reaches_the_command(sigforward):
    def before_exec():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        os.kill(os.getpid(), signal.SIGUSR1)

    code = "import signal; print(signal.sigwait([signal.SIGUSR1]))"
    assert run(sigforward, "--", *PYTHON, code, preexec_fn=before_exec).stdout == f"{int(signal.SIGUSR1)}\n"


def test_descriptors_arrive_as_they_came(sigforward):
    probe = [*PYTHON, "import os; print(sorted(os.listdir('/proc/self/fd')))"]
    plain = subprocess.run(probe, capture_output=True, check=True)
    assert run(sigforward, "--", *probe).stdout.encode() == plain.stdout


def test_the_command_leads_a_group_of_its_own_in_the_same_session(sigforward):
    code = "import os; print(os.getpgrp() == os.getpid(), os.getsid(0))"
    assert run(sigforward, "--", *PYTHON, code).stdout == f"True {os.getsid(0)}\n"


def test_only_the_command_is_a_child_of_the_wrapper(wrap):
    wrapped = ready(wrap("--", *PYTHON, SAYS_READY))
    [child] = wrapped.children()
    assert child not in both_guards_of(child)
    assert os.getpgid(child) == child


# A subreaper that starts its arguments, prints the names of its children, and reaps until it has none.
SUBREAPER = """
import ctypes, os, signal, sys
from pathlib import Path

def names(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    known = {Path(f"/proc/{child}/comm").read_text().strip(): child for child in children}
    return {"guard" if name.startswith("sigfwd-") else name: child for name, child in known.items()}

ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
r, w = os.pipe()
wrapper = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, w, 1)])
assert os.read(r, 6) == b"ready\\n"
own = names(os.getpid())
while "guard" not in (firsts := names(own["guard"])):
    pass
print(*sorted(own))
print(*firsts)
os.kill(wrapper, signal.SIGTERM)
try:
    while True:
        print("wrapper" if os.wait()[0] == wrapper else "another")
except ChildProcessError:
    pass
"""


def test_below_a_subreaper_the_first_guard_is_its_child_and_the_second_the_firsts(sigforward):
    """The kernel gives a process whose parent has ended to the next subreaper above, as sigforward's README says."""
    command = [*PYTHON, SUBREAPER, sigforward, "--", *PYTHON, SAYS_READY]
    result = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=True)
    own, firsts, *ended = result.stdout.splitlines()
    assert own.split() == ["guard", "sigforward"]
    assert firsts.split() == ["guard"]
    assert "wrapper" in ended and "another" in ended


def test_the_guards_hold_nothing_open_and_are_not_taken_for_the_command(wrap):
    wrapped = ready(wrap("--", *PYTHON, SAYS_READY, env={**os.environ, "MARKER": "only-the-command"}))
    [child] = wrapped.children()
    for guard, sockets in zip(both_guards_of(child), (["socket"] * 2, ["socket"]), strict=True):
        held = Path("/proc", str(guard))
        targets = sorted(os.readlink(fd).split(":")[0] for fd in (held / "fd").iterdir())
        assert targets in (["anon_inode", *sockets], ["pidfd", *sockets])
        assert os.readlink(held / "cwd") == "/"
        assert os.getsid(guard) not in (os.getsid(0), os.getsid(child))
        assert b"only-the-command" not in (held / "environ").read_bytes()
        assert (held / "cmdline").read_bytes().rstrip(b"\0") == (held / "comm").read_bytes().rstrip()
        mark = re.search(rb"\0COVENV_WRAPPER=\w{8}(\w{8})\0", Path("/proc", str(child), "environ").read_bytes())
        assert (held / "comm").read_bytes() == b"sigfwd-%s\n" % mark[1]


def test_the_guards_end_with_the_command(wrap):
    wrapped = ready(wrap("--", *PYTHON, REPORTER))
    [child] = wrapped.children()
    guards = both_guards_of(child)
    wrapped.process.stdin.close()
    assert wrapped.wait() == 0
    eventually(lambda: all(state(guard) in ("Z", "gone") for guard in guards))


def test_output_ends_with_the_wrapper(sigforward):
    assert run(sigforward, "--", "echo", "done").stdout == "done\n"


def test_idle_it_sleeps_in_one_call(wrap):
    wrapped = ready(wrap("--", *PYTHON, REPORTER, "10"))
    [child] = wrapped.children()
    pids = [wrapped.pid, *both_guards_of(child)]
    eventually(lambda: all(state(pid) == "S" for pid in pids))
    before = [status_field(pid, "voluntary_ctxt_switches") for pid in pids]
    time.sleep(0.3)
    assert [status_field(pid, "voluntary_ctxt_switches") for pid in pids] == before


@pytest.mark.parametrize("options", [["sigforward"], ["sigforward", "--no-subreaper"], ["covenv", "run"]], ids=" ".join)
def test_the_time_of_the_command_counts_for_the_parent_of_the_wrapper(sigforward, options):
    program, *words = options
    uses = "import time\nwhile time.process_time() < 0.3: pass"
    pid = os.posix_spawn(sigforward.parent / program, [program, *words, "--", *PYTHON, uses], os.environ)
    _, status, used = os.wait4(pid, 0)
    assert status == 0
    assert used.ru_utime + used.ru_stime >= 0.3
