# SPDX-License-Identifier: MIT
"""`covenv run` says of each kind of loss why it is one, and what mends it; and of what is none, that it is none."""

import json
import os
import subprocess
import textwrap

import pytest
from user_project import Report

START = """
    import os, signal, subprocess, sys

    def start(*command, **options):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        assert process.stdout.readline() == b"ready\\n"
        return process

    def kill(process):
        process.kill()
        assert process.wait() == -9
"""


class Told:
    """What one `covenv run` has said on stderr and in its report, and what the suite has measured."""

    def __init__(self, summary, report, measured):
        self.summary = summary
        self.processes = report["processes"]
        self.measured = measured

    def process(self, word):
        [process] = [one for one in self.processes if word in [*one["argv"], one["program"]]]
        return process

    @property
    def losses(self):
        return [one["loss"]["reason"] for one in self.processes if one["loss"]]


@pytest.fixture
def told_by(small, covenv, tmp_path):
    """Runs a suite of one test, whose body is given, which has to pass."""

    def run(body, *options, **variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "SIGFORWARD"))}
        test = textwrap.indent(textwrap.dedent(body), "    ")
        small.write("test_it.py", textwrap.dedent(START) + f"\ndef test_it():\n{test}\n")
        report = tmp_path / "report.json"
        command = [covenv, "run", "--report", report, *options, "--", small.python, "-m", "pytest", "-q", small.measure,
                   "--cov-report=json", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=small.folder, env=kept | small.settings | variables, capture_output=True, text=True, timeout=120,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        measured = Report(done.stdout, json.loads((small.folder / "coverage.json").read_text()))
        return Told(done.stderr, json.loads(report.read_text()), measured)

    run.project = small
    return run


def test_a_static_program_is_lost(told_by):
    source = told_by.project.write("app.c", '#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); return pause(); }\n')
    subprocess.run(["gcc", "-static", "-o", source.with_suffix(""), source], check=True)
    told = told_by("kill(start('./app', env={'GOCOVERDIR': '.'}))")
    assert told.losses == ["static-binary"]
    assert "LOST 1 x static binary: ./app: a static program was killed" in told.summary
    assert "end it by SIGTERM, or start it by `sigforward --`" in told.summary


def test_a_static_program_that_collects_nothing_is_not(told_by):
    source = told_by.project.write("app.c", '#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); return pause(); }\n')
    subprocess.run(["gcc", "-static", "-o", source.with_suffix(""), source], check=True)
    assert told_by("kill(start('./app', env={}))").losses == []


OF_ANOTHER_USER = """
    code = "import time; print('ready', flush=True); time.sleep(60)"
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    process = start(*user, "/usr/bin/python3", "-c", code, cwd="/")
"""


def test_what_another_users_process_saved_nobody_knows(told_by):
    told = told_by(OF_ANOTHER_USER + "    kill(process)\n")
    assert told.losses == ["other-user"]
    assert "LOST 1 x other user: setpriv " in told.summary
    assert "it was killed as another user, who has no entry in this session" in told.summary
    assert "run it as the user of the tests" in told.summary


def test_another_users_process_that_ends_by_itself_is_not_lost(told_by):
    assert told_by(OF_ANOTHER_USER.replace("time.sleep(60)", "") + "    assert process.wait() == 0\n").losses == []


KEEPS_THE_GIL = """
    import ctypes
    from job import work

    work()
    ctypes.PyDLL(None).system(b"echo ready; read line")  # it has the GIL when it says so
"""
SAVE_HANGS = """
    import threading

    import coverage
    from job import work

    work()
    coverage.Coverage.current().save = threading.Event().wait
    print("ready", flush=True)
    input()
"""


@pytest.mark.asked
def test_one_that_never_gives_the_gil_back_is_lost(told_by):
    told_by.project.write("server.py", KEEPS_THE_GIL)
    told = told_by("kill(start(sys.executable, 'server.py', env={}))", "--grace", "700ms")
    assert told.losses == ["gil-held"]
    assert "LOST 1 x gil held: " in told.summary
    assert "until the grace was over nothing in it gave the GIL back" in told.summary
    assert "COVENV_GRACE" in told.summary


@pytest.mark.asked
def test_a_save_that_hangs_is_lost(told_by):
    told_by.project.write("server.py", SAVE_HANGS)
    told = told_by("kill(start(sys.executable, 'server.py', env={}))", "--grace", "700ms")
    assert told.losses == ["save-timed-out"]
    assert "it was asked to save, and had not done so when the grace was over" in told.summary


DISK_IS_FULL = """
    import os, resource

    from job import work

    work()
    print("ready", flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""
LEAVES = {
    "killed": ("os.read(0, 1)", "kill(process)"),
    "leaves": ("os._exit(3)", "assert process.wait() == 3"),
}


@pytest.mark.asked
@pytest.mark.parametrize("leave, wait", LEAVES.values(), ids=LEAVES)
def test_a_save_that_fails_is_lost(told_by, leave, wait):
    told_by.project.write("server.py", DISK_IS_FULL + f"    {leave}\n")
    told = told_by(f"process = start(sys.executable, 'server.py', env={{}})\n{wait}")
    assert told.losses == ["save-failed"]
    assert not told.process("server.py")["saves"][0]["ok"]
    assert "LOST 1 x save failed: " in told.summary
    assert "see that this user may write coverage's data file, and that its disk has room" in told.summary


def is_kept(told, program):
    """Whether this one's journal has become data, and no other word of it."""
    [process] = [one for one in told.processes if one["argv"][1:] == [program]]
    return process["loss"] is None and process["saves"] == [{"why": "journal", "took_ns": 0, "ok": True}]


@pytest.mark.journal
@pytest.mark.parametrize("server", [KEEPS_THE_GIL, SAVE_HANGS], ids=["keeps the GIL", "save hangs"])
def test_what_could_not_answer_is_kept_by_its_journal(told_by, server):
    """For ever: nobody waits for it."""
    told_by.project.write("server.py", server)
    told = told_by("kill(start(sys.executable, 'server.py', env={}))", "--grace", "600s")
    assert told.losses == [] and is_kept(told, "server.py")
    assert told.summary.startswith("covenv: nothing lost: ")
    assert told.process("server.py")["end"] == {"how": "signal", "signal": 9}
    assert told.measured.kept("job.py")


@pytest.mark.journal
@pytest.mark.parametrize("leave, wait", LEAVES.values(), ids=LEAVES)
def test_what_could_not_write_its_data_is_kept_by_its_journal(told_by, leave, wait):
    told_by.project.write("server.py", DISK_IS_FULL + f"    {leave}\n")
    told = told_by(f"process = start(sys.executable, 'server.py', env={{}})\n{wait}")
    assert told.losses == [] and is_kept(told, "server.py")
    assert told.measured.kept("job.py")


@pytest.mark.journal
@pytest.mark.parametrize("end, status, name", [
    ("ctypes.string_at(0)", -11, "SIGSEGV"),
    ("os.abort()", -6, "SIGABRT"),
    ("ctypes.CDLL(None)._exit(3)", 3, None),
    ("ctypes.CDLL(None).exit(3)", 3, None),
], ids=["SIGSEGV", "abort", "_exit", "exit"])
def test_an_end_without_finalisation_is_kept(told_by, end, status, name):
    """A crash is said, as it is a defect of the program's; the coverage is there all the same."""
    told_by.project.write("crash.py", f"import ctypes, os\nfrom job import work\n\nwork()\n{end}\n")
    told = told_by(f"assert subprocess.run([sys.executable, 'crash.py'], env={{}}).returncode == {status}")
    assert told.losses == [] and is_kept(told, "crash.py") and told.measured.kept("job.py")
    *crashes, totals = told.summary.splitlines()
    python = told.process("crash.py")["argv"][0]
    assert crashes == ([f"covenv: kept from its journal: {python} crash.py, died of {name}, complete to its last line"] if name else [])
    assert totals.startswith("covenv: nothing lost: 2 processes, 2 measured; ")


WITHOUT_COVERAGE = "subprocess.run(['/usr/bin/python3', '-I', '-S', '-c', 'print(1)'], env={'COVENV_PYTHON': 'another', %s}, check=True)"


def test_an_interpreter_without_coverage_is_lost(told_by):
    told = told_by(WITHOUT_COVERAGE % "")
    assert told.losses == ["not-measured"]
    assert "coverage did not start in this interpreter" in told.summary
    assert "covenv doctor" in told.summary


def test_one_that_has_opted_out_is_not(told_by):
    assert told_by(WITHOUT_COVERAGE % "'COVERAGE_PROCESS_CONFIG': ''").losses == []


# Below a sigforward


@pytest.mark.asked
def test_a_server_below_a_sigforward_is_saved(told_by, sigforward):
    told = told_by(f"kill(start({str(sigforward)!r}, '--', sys.executable, 'server.py', env={{}}))")
    assert told.losses == [] and "nothing lost" in told.summary
    [server] = [one for one in told.processes if one["argv"][1:] == ["server.py"]]
    [wrapper] = [one for one in told.processes if one["id"] == server["parent"]]
    [runner] = [one for one in told.processes if one["id"] == wrapper["parent"]]
    assert wrapper["argv"][:2] == [str(sigforward), "--"] and "pytest" in runner["argv"]
    assert wrapper["kill"]["by"] == runner["id"] and wrapper["kill"]["method"] == "terminate"
    assert server["kill"]["by"] == wrapper["id"] and server["kill"]["outcome"] == "ended"
    assert server["saves"][0]["why"] == "kill" and server["saves"][0]["ok"]
    assert server["end"] == {"how": "signal", "signal": 15}
    assert server["start_ns"] < server["end_ns"] <= wrapper["end_ns"]


@pytest.mark.journal
def test_a_server_with_a_journal_below_a_sigforward_ends_as_told(told_by, sigforward):
    told = told_by(f"kill(start({str(sigforward)!r}, '--', sys.executable, 'server.py', env={{}}))")
    assert told.losses == [] and is_kept(told, "server.py") and told.measured.kept("server.py")
    [server] = [one for one in told.processes if one["argv"][1:] == ["server.py"]]
    [wrapper] = [one for one in told.processes if one["id"] == server["parent"]]
    [runner] = [one for one in told.processes if one["id"] == wrapper["parent"]]
    assert wrapper["kill"]["by"] == runner["id"] and wrapper["kill"]["method"] == "terminate"
    assert server["kill"]["by"] == wrapper["id"] and server["kill"]["outcome"] == "ended"
    assert server["end"] == {"how": "signal", "signal": 15}


KILLED_FROM_OUTSIDE = """
    process = start({sigforward!r}, "--grace", "200ms", "--", sys.executable, {program!r}, env={{}})
    subprocess.run(["/bin/kill", "-9", str(process.pid)], env={{"COVENV_DISABLE": "1"}}, check=True)
    assert process.wait() == -9
    assert process.stdout.read() == b""  # until the server has ended
"""
DEAF = """
    import signal
    from job import work

    signal.signal(signal.SIGTERM, lambda *_: None)
    work()
    print("ready", flush=True)
    while True:
        signal.pause()
"""


@pytest.mark.asked
def test_a_server_whose_sigforward_was_killed_from_outside_is_saved(told_by, sigforward):
    told = told_by(KILLED_FROM_OUTSIDE.format(sigforward=str(sigforward), program="server.py").replace("200ms", "20s"))
    assert told.losses == [] and "nothing lost" in told.summary
    [server] = [one for one in told.processes if one["argv"][1:] == ["server.py"]]
    assert server["saves"][0]["ok"] and server["end"]["how"] == "signal" and server["end_ns"]


@pytest.mark.journal
@pytest.mark.parametrize("program", ["server.py", "deaf.py"])
def test_whatever_ends_it_after_its_sigforward_has_gone_a_journal_keeps(told_by, sigforward, program):
    told_by.project.write("deaf.py", DEAF)
    told = told_by(KILLED_FROM_OUTSIDE.format(sigforward=str(sigforward), program=program))
    assert told.losses == [] and is_kept(told, program)
    assert told.measured.kept("job.py" if program == "deaf.py" else program)


@pytest.mark.asked
def test_one_that_the_guard_of_a_killed_sigforward_has_to_kill_is_lost(told_by, sigforward):
    told_by.project.write("deaf.py", DEAF)
    told = told_by(KILLED_FROM_OUTSIDE.format(sigforward=str(sigforward), program="deaf.py"))
    assert told.losses == ["save-timed-out"]
    [server] = [one for one in told.processes if one["argv"][1:] == ["deaf.py"]]
    assert server["end"] == {"how": "signal", "signal": 9} and server["end_ns"]
    assert server["kill"]["method"] == "terminate" and server["kill"]["outcome"] == "timed-out"
