# SPDX-License-Identifier: MIT
"""`covenv run`: the command's signals, terminal and status; the session; the summary at the end."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import most, start

SESSIONS = Path("/dev/shm")
DEADLINE = 20


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "SIGFORWARD"))}
    kept.pop("LD_PRELOAD", None)
    return kept | more


def run(covenv, *arguments, **more):
    return subprocess.run([covenv, "run", *arguments], env=environment(**more), capture_output=True, text=True,
                          timeout=DEADLINE, check=False)


def eventually(condition):
    end = time.monotonic() + DEADLINE
    while not (result := condition()):
        assert time.monotonic() < end, "never happened"
        time.sleep(0.005)
    return result


PRINT_SESSION = ["sh", "-c", 'echo "$COVENV_SESSION"; read line']


@pytest.fixture
def running(covenv):
    """A function that starts `covenv run` on a command which prints the name of its session.

    The command waits for the end of its stdin. Returns the Popen, and the path of the session.
    """
    processes = []

    def start(*options, command=PRINT_SESSION, **more):
        process = subprocess.Popen([covenv, "run", *options, "--", *command], env=environment(**more),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process, SESSIONS / process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


# The session


def test_a_session_is_private_and_gone_at_the_end(running):
    process, session = running()
    assert session.name.startswith("covenv-") and len(session.name) == len("covenv-") + 32
    assert session.stat().st_mode & 0o7777 == 0o600
    process.stdin.close()
    assert process.wait(DEADLINE) in (0, 1)
    assert not session.exists()


def test_a_killed_run_leaves_no_session(running):
    process, session = running()
    process.kill()
    eventually(lambda: not session.exists())


def test_sessions_side_by_side_do_not_mix(running, tmp_path):
    reports = [tmp_path / "one.json", tmp_path / "two.json"]
    started = [running("--report", report, command=["sh", "-c", f'echo "$COVENV_SESSION"; /bin/echo {report.stem} >&2; read line'])
               for report in reports]
    assert started[0][1] != started[1][1]
    for process, _ in started:
        process.stdin.close()
        process.wait(DEADLINE)
    for report in reports:
        commands = [process["argv"] for process in json.loads(report.read_text())["processes"]]
        assert ["/bin/echo", report.stem] in commands
        assert not any("one" in argv or "two" in argv for argv in commands if report.stem not in argv)


def test_a_session_within_a_session_is_another(covenv, tmp_path):
    outer, inner = tmp_path / "outer.json", tmp_path / "inner.json"
    assert run(covenv, "--report", outer, "--", covenv, "run", "--report", inner, "--", "sh", "-c", "/bin/true; exit 4").returncode == 4
    commands = [process["argv"] for process in json.loads(inner.read_text())["processes"]]
    assert ["/bin/true"] in commands
    assert not any(process["argv"] == ["/bin/true"] for process in json.loads(outer.read_text())["processes"])


def test_another_user_writes_nothing(covenv, tmp_path):
    report = tmp_path / "report.json"
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/echo", "hello"]
    assert run(covenv, "--report", report, "--", *command).stdout == "hello\n"
    processes = json.loads(report.read_text())["processes"]
    assert [process["argv"][:1] for process in processes] == [["setpriv"]]


def test_a_full_session_counts_what_it_dropped(covenv, tmp_path):
    report = tmp_path / "report.json"
    script = "for i in $(seq 300); do /bin/true; done"
    result = run(covenv, "--session-size", "64KiB", "--report", report, "--", "sh", "-c", script)
    assert result.returncode == 0
    assert json.loads(report.read_text())["session"]["dropped"] > 0
    assert "events had no room" in result.stderr


def with_memory(size, *command):
    """The CompletedProcess of a command in a mount namespace whose /dev/shm has only `size` bytes, such as "256k"."""
    return subprocess.run(["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size={size} none /dev/shm && exec "$@"', "sh",
                           *command], env=environment(), capture_output=True, text=True, timeout=60, check=False)


def test_full_shared_memory_ends_nobody(covenv, tmp_path):
    """A write without a page of memory would be a SIGBUS, so the event is dropped."""
    report = tmp_path / "report.json"
    script = "for i in $(seq 900); do /bin/true || exit 9; done"
    result = with_memory("256k", covenv, "run", "--report", report, "--", "sh", "-c", script)
    assert result.returncode == 0, result.stderr
    told = json.loads(report.read_text())
    assert told["session"]["dropped"] > 0 and told["totals"]["processes"] > 100
    assert "events had no room" in result.stderr and "/dev/shm" in result.stderr


def test_shared_memory_that_fills_up_ends_nobody(covenv, tmp_path):
    report = tmp_path / "report.json"
    script = "dd if=/dev/zero of=/dev/shm/filler 2>/dev/null; for i in $(seq 1700); do /bin/true || exit 9; done"
    result = with_memory("2m", covenv, "run", "--report", report, "--", "sh", "-c", script)
    assert result.returncode == 0, result.stderr
    assert json.loads(report.read_text())["session"]["dropped"] > 0


def test_without_any_shared_memory_the_command_runs(covenv):
    result = with_memory("4k", covenv, "run", "--", "sh", "-c", "exit 4")
    assert result.returncode == 4
    assert result.stderr.startswith("covenv: no session, so no summary: ") and "not full" in result.stderr


def with_memory_read_only(*command):
    return subprocess.run(["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o ro none /dev/shm && exec "$@"', "sh",
                           *command], env=environment(), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("options", [["--report", "report.json"], ["--fail-on-loss"]])
@pytest.mark.parametrize("code, status", [(0, 125), (4, 4)])
def test_without_any_shared_memory_what_was_asked_for_is_missed(covenv, options, code, status):
    result = with_memory_read_only(covenv, "run", *options, "--", "sh", "-c", f"exit {code}")
    assert result.returncode == status
    assert ("nothing tells what was lost" in result.stderr) == (status == 125)


@pytest.fixture
def own_covenv(covenv, libcovenv, tmp_path):
    """The folder of a copy of the library; a copy of covenv lies in ../bin beside it. Both are this test's own."""
    for name, file in (("bin", covenv), ("lib", libcovenv)):
        (tmp_path / "covenv" / name).mkdir(parents=True)
        shutil.copy(file, tmp_path / "covenv" / name)
    return tmp_path / "covenv" / "lib"


@pytest.mark.parametrize("options, code, status", [([], 0, 0), ([], 4, 4), (["--fail-on-loss"], 0, 125), (["--fail-on-loss"], 4, 4)])
def test_a_library_that_cannot_be_loaded_is_said_and_the_command_runs(own_covenv, options, code, status):
    mount = f'mount --bind {own_covenv} {own_covenv} && mount -o remount,bind,noexec {own_covenv} && exec "$@"'
    result = subprocess.run(["unshare", "--mount", "sh", "-c", mount, "sh", own_covenv.parent / "bin" / "covenv", "run",
                             *options, "--", "sh", "-c", f"echo $LD_PRELOAD$COVENV_SESSION; exit {code}"],
                            env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (status, "\n")
    said, *more = result.stderr.splitlines()
    assert said == (f"covenv: nothing is kept: {own_covenv}/libcovenv.so cannot be loaded: Operation not permitted: "
                    "move covenv to a file system that is not mounted noexec")
    assert more == ["covenv: there is no report, and nothing tells what was lost"] * (status == 125)


# The command


@pytest.mark.parametrize("code", [0, 7, 125, 255])
def test_the_status_is_the_commands(covenv, code):
    result = run(covenv, "--", "sh", "-c", f"exit {code}")
    assert (result.returncode, result.stderr) == (code, "")


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_the_commands(running, signo):
    process, _ = running(command=["sh", "-c", "echo ready; exec sleep 30"])
    process.send_signal(signo)
    assert process.wait(DEADLINE) == -signo


def test_a_command_takes_its_time_to_end(running):
    """The suite's tear-down is not cut short, however long it takes."""
    process, _ = running(command=["sh", "-c", "trap 'sleep 1.5; exit 6' TERM; echo ready; while :; do sleep 0.05; done"])
    process.terminate()
    assert process.wait(DEADLINE) == 6


def test_what_the_command_leaves_behind_stays(covenv, tmp_path):
    result = run(covenv, "--", "sh", "-c", f'setsid sleep 30 >/dev/null 2>&1 & echo $! >"{tmp_path}/pid"')
    assert result.returncode == 0
    pid = int((tmp_path / "pid").read_text())
    os.kill(pid, signal.SIGKILL)  # raises if the process has gone


def test_options_set_what_their_variables_say(covenv):
    options = ["--kill", "term", "--grace", "3s", "--carry", "FOO*", "--skip", "bar"]
    result = run(covenv, *options, "--", "sh", "-c", 'echo "$COVENV_KILL $COVENV_GRACE $COVENV_CARRY $COVENV_SKIP"')
    assert result.stdout == "term 3s FOO* bar\n"


@pytest.mark.parametrize(
    "options, message",
    [
        (["--kill", "perhaps"], "--kill: 'perhaps' makes no sense: "),
        (["--grace", "soon"], "--grace: 'soon' makes no sense: "),
        (["--report", "/no/such/folder/r.json"], "cannot write the report to /no/such/folder/r.json: No such file"),
        (["--report", "r.doc"], "no form of report ends as r.doc does"),
        (["--session-size", "many"], ""),
        (["--log-file", "/no/such/folder/log"], "cannot write the log '/no/such/folder/log': No such file"),
        (["--log-level", "loud"], "--log-level: 'loud' makes no sense: write debug, info, warning, error or off"),
    ],
)
def test_a_mistake_is_125_before_anything_runs(covenv, tmp_path, options, message):
    result = run(covenv, *options, "--", "touch", tmp_path / "ran")
    assert result.returncode == 125
    assert message in result.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("option, name", [("--report", "r.json"), ("--log-file", "log")])
@pytest.mark.parametrize("make, kind", [(os.mkfifo, "a FIFO"), (os.mkdir, "a folder")])
def test_what_cannot_be_written_to_is_125_before_anything_runs(covenv, tmp_path, option, name, make, kind):
    make(tmp_path / name)
    result = run(covenv, option, tmp_path / name, "--", "touch", tmp_path / "ran")
    assert result.returncode == 125 and not (tmp_path / "ran").exists()
    assert f": this is {kind}; name a file" in result.stderr


@pytest.mark.parametrize("file", ["/dev/stderr", ">(cat >&2)"])
def test_a_log_goes_to_a_pipe_that_is_open(covenv, file):
    script = f'"$0" run --log-file {file} -- true; wait $!'
    result = subprocess.run(["bash", "-c", script, covenv], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, timeout=DEADLINE, check=False)
    assert " info ended " in result.stderr, result.stderr


def test_a_command_line_that_is_too_long_below_covenv_alone_says_so(covenv, tmp_path):
    (tmp_path / "c").symlink_to(covenv)

    def run_true(*words):
        return run(tmp_path / "c", "--", "true", *words)

    result = start(run_true, most(run_true))
    assert result.returncode == 126
    assert "are too long: give fewer arguments" in result.stderr and "chmod" not in result.stderr


def test_reports_and_logs_are_their_owners_alone(covenv, tmp_path):
    """Command lines may hold passwords."""
    names = ("r.json", "r.html", "r.md", "r.txt", "log")
    (tmp_path / "r.html").write_text("an older one, open to all")
    for name in names[:-1]:
        assert run(covenv, "--report", tmp_path / name, "--log-file", tmp_path / "log", "--", "true").returncode == 0
    assert {name: oct((tmp_path / name).stat().st_mode & 0o777) for name in names} == dict.fromkeys(names, "0o600")


# What it says


SERVER = """
    import os
    from job import work

    work()
    print("ready", flush=True)
    os.read(0, 1)
"""
SUITE = """
    import subprocess, sys

    def start():
        process = subprocess.Popen([sys.executable, "server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
        assert process.stdout.readline()
        return process

    def test_saved():
        process = start()
        process.kill()
        assert process.wait() == -9
"""
LOST = """
    def test_lost():
        process = start()
        # By a process that covenv does not see.
        subprocess.run(["/bin/kill", "-9", str(process.pid)], env={"COVENV_DISABLE": "1"}, check=True)
        process.wait()
"""


@pytest.fixture
def suite(small, covenv):
    small.write("server.py", SERVER)
    small.write("test_it.py", SUITE)

    def start(*options, **popen):
        command = [covenv, "run", *options, "--", small.python, "-m", "pytest", "-q", small.measure, "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=small.folder, env=environment(**small.settings), capture_output=True, text=True, timeout=60,
                              check=False, **popen)

    start.project = small
    return start


@pytest.mark.journal
def test_the_summary_says_what_was_restored_and_kept(suite):
    """The summary shows no time from kill to save, because there was none."""
    result = suite()
    assert result.returncode == 0, result.stdout
    [line] = result.stderr.splitlines()
    assert line.startswith("covenv: nothing lost: 2 processes, 2 measured; 1 got their variables back; 1 saved; gained ")


@pytest.mark.asked
def test_the_summary_says_what_was_restored_and_saved(suite):
    result = suite()
    assert result.returncode == 0, result.stdout
    [line] = result.stderr.splitlines()
    assert line.startswith("covenv: nothing lost: ")
    for text in ("2 measured", "1 got their variables back", "1 saved (kill to saved: "):
        assert text in line


@pytest.mark.journal
def test_what_is_killed_from_outside_is_kept(suite, tmp_path):
    suite.project.write("test_it.py", SUITE + LOST)
    report = tmp_path / "report.json"
    result = suite("--fail-on-loss", "--report", report)
    assert result.returncode == 0, result.stdout
    [line] = result.stderr.splitlines()
    assert line.startswith("covenv: nothing lost: 4 processes, 3 measured; 2 got their variables back; 2 saved; gained ")
    servers = [process for process in json.loads(report.read_text())["processes"] if "server.py" in process["argv"]]
    assert len(servers) == 2
    for server in servers:
        assert [(save["why"], save["ok"]) for save in server["saves"]] == [("journal", True)]
        assert server["end"] == {"how": "signal", "signal": 9} and server["loss"] is None


@pytest.mark.asked
def test_the_summary_says_what_was_lost_and_what_mends_it(suite):
    suite.project.write("test_it.py", SUITE + LOST)
    result = suite()
    assert result.returncode == 0, result.stdout
    assert "LOST 1 x killed from outside" in result.stderr
    assert "server.py" in result.stderr
    assert "got SIGKILL from a process without covenv" in result.stderr
    assert "sigforward" in result.stderr


@pytest.mark.journal
def test_a_suite_without_data_says_so_first(suite):
    suite.project.measure = "--cov=elsewhere"
    (suite.project.folder / "elsewhere").mkdir()
    result = suite()
    assert "No data to report" in result.stdout + result.stderr
    [first] = [line for line in result.stderr.splitlines() if line.startswith("covenv: ")][:1]
    assert first == "covenv: no data: no line ran that coverage measures; see --cov, source, include and omit"
    assert "nothing lost" not in result.stderr


def test_a_suite_whose_own_report_crashes_says_so_first(suite):
    suite.project.write("conftest.py", "def pytest_runtest_logfinish():\n    raise RuntimeError('no report')\n")
    result = suite()
    assert result.returncode == 3, result.stdout
    assert result.stderr.splitlines()[-2:][0] == "covenv: the command failed (exit 3): see whether its own report was made"
    assert "nothing lost" not in result.stderr


def test_quiet_is_silent(suite):
    assert suite("--quiet").stderr == ""


@pytest.mark.asked
def test_a_loss_fails_where_that_is_wanted(suite):
    assert suite("--fail-on-loss").returncode == 0
    suite.project.write("test_it.py", SUITE + LOST)
    assert suite("--fail-on-loss").returncode == 3
    suite.project.write("test_it.py", SUITE + LOST + "\n    def test_fails():\n        assert False\n")
    assert suite("--fail-on-loss").returncode == 1


@pytest.mark.parametrize("why, method", [
    pytest.param("journal", "pass", marks=pytest.mark.journal),
    pytest.param("kill", "save", marks=pytest.mark.asked),
])
def test_the_report_tells_each_process(suite, tmp_path, why, method):
    report = tmp_path / "report.json"
    assert suite("--report", report).returncode == 0
    told = json.loads(report.read_text())
    assert told["covenv_report"] == 2
    assert told["session"]["exit"] == {"code": 0}
    assert told["session"]["dropped"] == 0
    [server] = [process for process in told["processes"] if "server.py" in process["argv"]]
    [runner] = [process for process in told["processes"] if process["id"] == server["parent"]]
    assert "pytest" in runner["argv"] and runner["end"] == {"how": "exit", "code": 0}
    assert server["restored"] and server["measured"] and server["preloaded"]
    assert server["end"] == {"how": "signal", "signal": 9}
    assert server["saves"][0]["ok"] and server["saves"][0]["why"] == why
    assert server["kill"]["by"] == runner["id"] and server["kill"]["method"] == method
    assert 0 < server["start_ns"] < server["end_ns"] <= told["session"]["wall_ns"]


def test_a_killer_that_is_no_parent_tells_the_parent(small, covenv):
    """The target ends by its SIGTERM handler. Its parent, which did not kill it, is told the SIGKILL of the killer."""
    small.write("target.py", """
        import os, signal, sys

        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        print("ready", flush=True)
        while True:
            signal.pause()
    """)
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            target = subprocess.Popen([sys.executable, "target.py"], stdout=subprocess.PIPE)
            assert target.stdout.readline()
            killer = "import os, sys; os.kill(int(sys.argv[1]), 9)"
            subprocess.run([sys.executable, "-c", killer, str(target.pid)], check=True)
            assert target.wait() == -9
    """)
    command = [covenv, "run", "--kill", "term", "--", small.python, "-m", "pytest", "-q", small.measure, "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=small.folder, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_the_session_can_be_asked_while_it_runs(covenv):
    script = f"/bin/true; {covenv} report --format json"
    told = json.loads(run(covenv, "--grace", "3s", "--", "sh", "-c", script).stdout)
    shell, child = told["processes"]
    assert child["argv"] == ["/bin/true"] and child["parent"] == shell["id"]
    assert child["end"] == {"how": "exit", "code": 0} and shell["end"] is None
    assert told["totals"]["processes"] == 2
    assert told["session"]["grace_ns"] == 3_000_000_000


@pytest.mark.parametrize("name", ["", "covenv-00000000000000000000000000000000", "covenv-../../etc/passwd"])
def test_without_a_session_there_is_nothing_to_ask(covenv, name):
    asked = subprocess.run([covenv, "report"], env=environment(COVENV_SESSION=name), capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stdout) == (125, "")
    assert asked.stderr.startswith("covenv: ") and "below `covenv run`" in asked.stderr


# The log


def test_the_log_says_what_began_and_how_it_ended(covenv, tmp_path):
    log = tmp_path / "log"
    for _ in range(2):
        assert run(covenv, "--log-file", log, "--", "sh", "-c", "exit 3").stderr == ""
    lines = log.read_text().splitlines()
    assert [line.split(" ")[1:3] for line in lines] == [["info", "started"], ["info", "ended"]] * 2
    assert 'command=["sh","-c","exit 3"]' in lines[0] and "code=3" in lines[1]


def test_the_log_as_json_has_each_event(covenv, tmp_path):
    log = tmp_path / "log"
    run(covenv, "--log-file", log, "--log-level", "debug", "--log-json", "--", "sh", "-c", "/bin/true; kill -9 $$")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["event"] == "started" and lines[0]["level"] == "info"
    [true] = [line for line in lines if line["event"] == "loaded" and line["text"] == ["/bin/true"]]
    assert [line["event"] for line in lines if line.get("pid") == true["pid"]][-2:] == ["reaped", "process"]
    assert lines[-1]["event"] == "ended" and lines[-1]["signal"] == 9


@pytest.mark.asked
def test_the_log_has_the_losses(suite, tmp_path):
    log = tmp_path / "log"
    suite.project.write("test_it.py", SUITE + LOST)
    suite("--log-file", log, "--log-level", "warning", "--log-json", "--quiet")
    [line] = [json.loads(line) for line in log.read_text().splitlines()]
    assert line["event"] == "lost" and line["reason"] == "killed-from-outside" and "server.py" in line["argv"]


def test_a_level_without_a_file_logs_to_stderr(covenv):
    assert " info started pid=" in run(covenv, "--log-level", "info", "--", "true").stderr


# On a terminal


def on_terminal(covenv, *options, is_output_shown=True, **more):
    """What `covenv run`, of a command that starts programs, writes to a terminal."""
    main, terminal = os.openpty()
    try:
        script = "for i in 1 2 3; do /bin/true; sleep 0.1; done; echo output"
        process = subprocess.Popen([covenv, "run", *options, "--", "sh", "-c", script],
                                   env=environment(TERM="xterm", **{"CI": "", **more}), stdin=terminal,
                                   stdout=terminal if is_output_shown else subprocess.DEVNULL, stderr=terminal)
        os.close(terminal)
        assert process.wait(DEADLINE) == 0
        text = b""
        while select.select([main], [], [], 0)[0]:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        return text
    finally:
        os.close(main)


def test_progress_is_in_the_title_and_the_title_comes_back(covenv):
    text = on_terminal(covenv)
    assert text.startswith(b"\033[22;2t") and text.rstrip().endswith(b"\033[23;2t")
    assert b"\033]2;covenv: " in text
    assert b"running" in text


def test_the_title_is_left_alone_if_no_person_looks(covenv):
    assert on_terminal(covenv, "--quiet") == b"output\r\n"
    assert on_terminal(covenv, CI="true") == b"output\r\n"
    assert on_terminal(covenv, _COVENV_PYTEST="1") == b"output\r\n"
    assert on_terminal(covenv, is_output_shown=False) == b""


def test_without_a_terminal_no_title_is_set(covenv):
    assert run(covenv, "--", "sleep", "0.3", TERM="xterm").stderr == ""


def test_python_of_this_test_is_no_part_of_it(covenv):
    assert run(covenv, "--", sys.executable, "-c", "print(1)").stdout == "1\n"
