# SPDX-License-Identifier: MIT
"""Each option of sigforward, and the variable of the same meaning: what users see of it."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from wrapped import DEADLINE, PYTHON, REPORTER, SAYS_READY, eventually, guards_of, ready, run, state


def variable(name, value, **more):
    return {"env": {**os.environ, name: value, **more}}


# The ladder


LADDERS = {
    "shared": (["--signals", "TERM,INT", "--grace", "600ms"], {}),
    "timed": (["--signals", "TERM:300ms,INT:300ms"], {}),
    "variable": ([], {"SIGFORWARD_SIGNALS": "TERM:300ms,INT:300ms"}),
    "both variables": ([], {"SIGFORWARD_SIGNALS": "TERM,INT", "SIGFORWARD_GRACE": "600ms"}),
}


@pytest.mark.parametrize("options, variables", LADDERS.values(), ids=LADDERS)
def test_rungs_come_one_after_the_other_and_then_sigkill(wrap, options, variables):
    wrapped = ready(wrap(*options, "--", *PYTHON, REPORTER, "15", "2", env={**os.environ, **variables}))
    begin = time.monotonic()
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.line() == "15"
    assert wrapped.line() == "2"
    assert time.monotonic() - begin >= 0.3
    assert wrapped.wait() == -signal.SIGKILL
    assert time.monotonic() - begin >= 0.6


def test_an_int_stands_for_the_first_rung_and_term_follows(wrap):
    wrapped = ready(wrap("--signals", "TERM:200ms,INT:200ms", "--", *PYTHON, REPORTER, "15", "2"))
    os.kill(wrapped.pid, signal.SIGINT)
    assert [wrapped.line(), wrapped.line()] == ["2", "15"]
    assert wrapped.wait() == -signal.SIGKILL


def test_a_killed_wrapper_goes_down_the_ladder(wrap):
    wrapped = ready(wrap("--signals", "QUIT:300ms,INT:300ms", "--", *PYTHON, REPORTER, "3", "2"))
    begin = time.monotonic()
    wrapped.process.kill()
    assert [wrapped.line(), wrapped.line()] == ["3", "2"]
    assert wrapped.all_gone()
    assert time.monotonic() - begin >= 0.6


# Maps


@pytest.mark.parametrize("by_variable", [False, True])
@pytest.mark.parametrize("came, goes", [("TERM", "USR1"), ("USR1", "15"), ("HUP", "RTMIN+2"), ("RTMAX", "INT")])
def test_what_arrives_is_sent_as_another(wrap, came, goes, by_variable):
    numbers = {"TERM": 15, "USR1": 10, "15": 15, "HUP": 1, "RTMIN+2": 36, "RTMAX": 64, "INT": 2}
    options = [] if by_variable else ["--map", f"{came}={goes}"]
    more = variable("SIGFORWARD_MAP", f"{came}={goes}") if by_variable else {}
    wrapped = ready(wrap("--grace", "inf", *options, "--", *PYTHON, REPORTER, str(numbers[goes]), **more))
    os.kill(wrapped.pid, numbers[came])
    assert wrapped.line() == str(numbers[goes])


def test_what_is_mapped_to_nothing_is_dropped(wrap):
    wrapped = ready(wrap("--map", "USR1=,USR2=", "--map", "HUP=", "--", *PYTHON, REPORTER, "12", "10", "1", "34"))
    for signo in (10, 12, 1, 34):
        os.kill(wrapped.pid, signo)
    assert wrapped.line() == "34"


@pytest.mark.parametrize("mapping, sent", [("TERM=USR1", 15), ("USR1=TERM", 10), ("TERM=", 15)])
def test_a_map_from_or_to_a_terminating_signal_starts_the_grace(wrap, mapping, sent):
    wrapped = ready(wrap("--grace", "100ms", "--map", mapping, "--", *PYTHON, REPORTER, "10", "15"))
    os.kill(wrapped.pid, sent)
    assert wrapped.wait() == -signal.SIGKILL


def test_a_map_to_stop_stops(wrap):
    wrapped = ready(wrap("--map", "USR1=STOP", "--", *PYTHON, SAYS_READY))
    [child] = wrapped.children()
    os.kill(wrapped.pid, signal.SIGUSR1)
    eventually(lambda: state(child) in "Tt")
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == -signal.SIGTERM


# Parents


# A parent that starts its arguments in a thread of its own. A line on its stdin ends that thread; the parent runs on.
PARENT = """
import os, subprocess, sys, threading
started = threading.Event()
leave = threading.Event()
def start():
    subprocess.Popen(sys.argv[1:])
    started.set()
    leave.wait()
thread = threading.Thread(target=start)
thread.start()
started.wait()
for line in sys.stdin:
    leave.set()
    thread.join()
    os.write(1, b"thread gone\\n")
"""


@pytest.fixture
def parent(sigforward):
    with contextlib.ExitStack() as stack:

        def start(*options, env=None):
            gone, write_end = os.pipe()
            stack.callback(os.close, gone)
            process = subprocess.Popen(
                [*PYTHON, PARENT, sigforward, "--grace", "20s", *options, "--", *PYTHON, SAYS_READY],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[write_end], close_fds=True, env=env)
            os.close(write_end)
            stack.callback(process.wait)
            stack.callback(process.kill)
            assert process.stdout.readline() == b"ready\n"
            children = Path(f"/proc/{process.pid}/task").glob("*/children")
            [wrapper] = [int(pid) for file in children for pid in file.read_text().split()]
            stack.callback(kill_if_there, wrapper)
            return process, wrapper

        yield start


def kill_if_there(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("options, env", [(["--with-parent"], None), ([], {**os.environ, "SIGFORWARD_WITH_PARENT": "1"})])
def test_with_its_parent_it_ends(parent, options, env):
    process, wrapper = parent(*options, env=env)
    process.kill()
    eventually(lambda: state(wrapper) in ("gone", "Z"))


def test_a_thread_of_its_parent_may_end(parent):
    process, wrapper = parent("--with-parent")
    process.stdin.write(b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"thread gone\n"
    time.sleep(0.2)
    assert state(wrapper) == "S"


def test_without_the_option_it_outlives_its_parent(parent):
    process, wrapper = parent()
    process.kill()
    process.wait()
    time.sleep(0.2)
    assert state(wrapper) == "S"


# What is preloaded


PRINT_PRELOAD = ["printenv", "LD_PRELOAD"]


def test_the_library_is_added_behind_what_is_preloaded(sigforward, libcovenv):
    result = run(sigforward, "--", *PRINT_PRELOAD, **variable("LD_PRELOAD", "libdl.so.2:libm.so.6"))
    assert result.stdout == f"libdl.so.2:libm.so.6:{libcovenv}\n"


def test_the_library_is_not_added_twice(sigforward, libcovenv):
    result = run(sigforward, "--", sigforward, "--", *PRINT_PRELOAD, **variable("LD_PRELOAD", ""))
    assert result.stdout == f"{libcovenv}\n"


@pytest.mark.parametrize("options, variables", [(["--no-preload"], {}), ([], {"SIGFORWARD_PRELOAD": "0"})])
def test_it_can_be_left_out(sigforward, options, variables):
    result = run(sigforward, *options, "--", *PRINT_PRELOAD, **variable("LD_PRELOAD", "libdl.so.2", **variables))
    assert result.stdout == "libdl.so.2\n"


def test_without_a_library_beside_it_nothing_is_preloaded(sigforward, tmp_path):
    alone = tmp_path / "sigforward"
    alone.write_bytes(Path(sigforward).read_bytes())
    alone.chmod(0o755)
    result = run(alone, "--", *PRINT_PRELOAD, **variable("LD_PRELOAD", "libdl.so.2"))
    assert (result.stdout, result.stderr) == ("libdl.so.2\n", "")


# Groups and sessions

WHERE = "import os; print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), os.getpgrp() == os.getpgid(os.getppid()))"


@pytest.mark.parametrize(
    "options, variables, expected",
    [
        ([], {}, "True False False"),
        (["--new-session"], {}, "True True False"),
        ([], {"SIGFORWARD_NEW_SESSION": "1"}, "True True False"),
        (["--foreground"], {}, "False False True"),
        ([], {"SIGFORWARD_FOREGROUND": "1"}, "False False True"),
    ],
    ids=str,
)
def test_where_the_command_is(sigforward, options, variables, expected):
    result = run(sigforward, *options, "--", *PYTHON, WHERE, env={**os.environ, **variables})
    assert result.stdout == f"{expected}\n"


def test_in_the_foreground_a_signal_goes_to_the_command_alone(wrap):
    code = f"import os, time\nif os.fork() == 0:\n    time.sleep(30)\n    os._exit(0)\n{REPORTER}"
    wrapped = ready(wrap("--foreground", "--grace", "inf", "--", *PYTHON, code, "10"))
    [child] = wrapped.children()
    [grandchild] = map(int, Path(f"/proc/{child}/task/{child}/children").read_text().split())
    os.kill(wrapped.pid, signal.SIGUSR1)
    assert wrapped.line() == "10"
    # The grandchild may still be on its way to its sleep. It never gets there if the signal has met it.
    eventually(lambda: state(grandchild) == "S")


def test_in_the_foreground_leftovers_end_all_the_same(wrap):
    code = "import os, time\nif os.fork() == 0: time.sleep(30)\nos._exit(3)"
    wrapped = wrap("--foreground", "--grace", "20s", "--", *PYTHON, code)
    assert wrapped.wait() == 3
    assert wrapped.all_gone()


def test_killpg_in_the_foreground_ends_both(wrap):
    wrapped = ready(wrap("--foreground", "--", *PYTHON, SAYS_READY, start_new_session=True))
    os.killpg(wrapped.pid, signal.SIGKILL)
    assert wrapped.all_gone()


# Statuses


def test_a_status_of_a_kill_is_told_where_somebody_asked_for_the_end(wrap):
    wrapped = ready(wrap("--status", "kill", "--", *PYTHON, SAYS_READY))
    os.kill(wrapped.pid, signal.SIGTERM)
    assert wrapped.wait() == -signal.SIGKILL


def test_a_status_of_a_kill_by_variable_as_pid_1(sigforward):
    script = f'"{sigforward}" -- sleep 30 & sleep 0.1; kill $!; wait $!; echo $?'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == "143\n"
    command = ["unshare", "--pid", "--fork", "--kill-child", sigforward, "--", "sh", "-c", "kill -TERM 1; sleep 30"]
    result = subprocess.run(command, env={**os.environ, "SIGFORWARD_STATUS": "kill"}, timeout=DEADLINE, check=False)
    assert result.returncode == 128 + signal.SIGKILL


def test_an_end_that_nobody_asked_for_keeps_its_status(sigforward):
    assert run(sigforward, "--status", "kill", "--", "sh", "-c", "exit 7").returncode == 7
    assert run(sigforward, "--status", "kill", "--", "sh", "-c", "kill -USR1 $$").returncode == -signal.SIGUSR1


# The pidfile


@pytest.mark.parametrize("by_variable", [False, True])
def test_the_pidfile_holds_the_commands_pid_while_it_runs(wrap, tmp_path, by_variable):
    file = tmp_path / "server.pid"
    options = [] if by_variable else ["--pidfile", file]
    more = variable("SIGFORWARD_PIDFILE", str(file)) if by_variable else {}
    wrapped = ready(wrap(*options, "--", *PYTHON, REPORTER, **more))
    [child] = wrapped.children()
    eventually(file.exists)
    assert file.read_text() == f"{child}\n"
    assert list(tmp_path.iterdir()) == [file]
    wrapped.process.stdin.close()
    assert wrapped.wait() == 0
    assert list(tmp_path.iterdir()) == []


def test_the_variable_of_the_pidfile_is_for_one_wrapper(sigforward, tmp_path):
    result = run(sigforward, "--", "printenv", "SIGFORWARD_PIDFILE", **variable("SIGFORWARD_PIDFILE", str(tmp_path / "x")))
    assert (result.returncode, result.stdout) == (1, "")


def test_a_pidfile_that_somebody_else_has_written_stays(wrap, tmp_path):
    file = tmp_path / "server.pid"
    wrapped = ready(wrap("--pidfile", file, "--", *PYTHON, REPORTER))
    eventually(file.exists)
    file.write_text("1\n")
    wrapped.process.stdin.close()
    wrapped.wait()
    assert file.read_text() == "1\n"


def test_a_command_that_is_not_there_leaves_no_pidfile(sigforward, tmp_path):
    file = tmp_path / "server.pid"
    file.write_text("17\n")
    assert run(sigforward, "--pidfile", file, "--", "no-such-command").returncode == 127
    assert file.read_text() == "17\n"
    assert list(tmp_path.iterdir()) == [file]


# Readiness


def ready_line(sigforward, *command, **popen):
    read, write = os.pipe()
    with subprocess.Popen(
        [sigforward, "--ready-fd", str(write), "--", *command], pass_fds=[write], stdin=subprocess.PIPE, **popen
    ) as process:
        os.close(write)
        with open(read) as pipe:
            text = pipe.read()  # returns once neither the wrapper nor the command has the write end any more
        process.stdin.close()
        return text, process.wait(DEADLINE), process.pid


def test_the_ready_line_is_the_commands_pid(sigforward):
    text, status, wrapper = ready_line(sigforward, "cat")
    assert status == 0
    assert text.endswith("\n") and int(text) > 0 and int(text) != wrapper


def test_a_command_that_is_not_there_is_never_ready(sigforward):
    text, status, _ = ready_line(sigforward, "no-such-command", stderr=subprocess.DEVNULL)
    assert (text, status) == ("", 127)


# Logs


def test_the_log_is_appended_to_and_stderr_stays_silent(sigforward, tmp_path):
    log = tmp_path / "log"
    for _ in range(2):
        assert run(sigforward, "--log", log, "--", "sh", "-c", "exit 4").stderr == ""
    assert log.read_text().count("exited with 4") == 2


def test_the_variable_of_the_log(sigforward, tmp_path):
    run(sigforward, "--", "true", **variable("SIGFORWARD_LOG", str(tmp_path / "log")))
    assert "exited with 0" in (tmp_path / "log").read_text()


def test_the_log_and_verbose_go_together(sigforward, tmp_path):
    result = run(sigforward, "--verbose", "--log", tmp_path / "log", "--", "true")
    assert "exited with 0" in result.stderr
    assert "exited with 0" in (tmp_path / "log").read_text()


# Mistakes

MISTAKES = {
    "signal": (["--signals", "FOO", "true"], "'--signals FOO' names no signal 'FOO': write TERM, SIGTERM, 15 or RTMIN+1"),
    "rung": (["--signals", "TERM:x", "true"], "'--signals TERM:x' has 'x', which is no duration: write 1s"),
    "mixed": (["--signals", "TERM:1s,INT", "true"], "'--signals TERM:1s,INT' gives a time to some signals only: write"),
    "kill": (["--signals", "KILL", "true"], "'--signals KILL' has SIGKILL, which asks for nothing"),
    "twice": (["--grace", "1", "--signals", "TERM:1s", "true"], "say the same thing: leave one out"),
    "map": (["--map", "TERM", "true"], "'--map TERM' maps nothing: write IN=OUT"),
    "map in": (["--map", "KILL=TERM", "true"], "maps SIGKILL, which sigforward cannot receive"),
    "status": (["--status", "0", "true"], "'--status 0' is no status: write real or kill"),
    "fd": (["--ready-fd", "three", "true"], "'--ready-fd three' is no file descriptor: write its number"),
    "closed fd": (["--ready-fd", "99", "true"], "file descriptor 99 of --ready-fd is not open: open it"),
    "log": (["--log", "/no/such/folder/log", "true"], "cannot write the log '/no/such/folder/log': No such file"),
    "log is a folder": (["--log", "/tmp", "true"], "cannot write the log '/tmp': this is a folder; name a file"),
    "pidfile": (["--pidfile", "/no/such/folder/pid", "true"], "cannot write the pidfile '/no/such/folder/pid': No such"),
    "pidfile is a folder": (["--pidfile", "/tmp", "true"], "cannot write the pidfile '/tmp': Is a directory"),
    "groups": (["--foreground", "--new-session", "true"], "--new-session and --foreground exclude each other"),
}


@pytest.mark.parametrize("arguments, message", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_125_and_one_line(sigforward, arguments, message):
    result = run(sigforward, *arguments)
    assert (result.returncode, result.stdout) == (125, "")
    assert message in result.stderr
    assert result.stderr.startswith("sigforward: ")
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n")


@pytest.mark.parametrize("name, value", [("GUARD", "maybe"), ("SIGNALS", "FOO"), ("STATUS", "x"), ("READY_FD", "x"), ("MAP", "x")])
def test_a_bad_variable_is_named_as_such(sigforward, name, value):
    result = run(sigforward, "true", **variable(f"SIGFORWARD_{name}", value))
    assert result.returncode == 125
    assert f"'SIGFORWARD_{name}={value}' " in result.stderr


def test_help_names_every_option_and_variable_rule(sigforward):
    text = run(sigforward, "--help").stdout
    for option in ("grace", "signals", "map", "no-guard", "with-parent", "no-subreaper", "no-preload", "new-session",
                   "foreground", "status", "pidfile", "ready-fd", "verbose", "log", "help", "version"):
        assert f"  --{option} " in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("before, options, is_marked", [
    ([], [], True),
    ([], ["--no-guard"], False),
    (["unshare", "--pid", "--fork", "--kill-child"], [], False),
], ids=["with a guard", "--no-guard", "as PID 1"])
def test_a_command_is_marked_for_the_guard_that_looks_for_it(sigforward, before, options, is_marked):
    result = run(*before, sigforward, *options, "--", "printenv", "COVENV_WRAPPER", **variable("COVENV_WRAPPER", "outer"))
    assert (result.stdout != "outer\n") == is_marked


def test_without_a_guard_there_is_none(wrap):
    wrapped = ready(wrap("--no-guard", "--", *PYTHON, REPORTER, "15"))
    [child] = wrapped.children()
    assert guards_of(child) == []
    wrapped.process.kill()
    assert wrapped.line() == "15"  # sent by the kernel (the parent-death signal)
