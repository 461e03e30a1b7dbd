# SPDX-License-Identifier: MIT
"""`covenv run` says for each kind of loss the reason and the fix, and reports no loss where nothing was lost."""

import json
import os
import signal
import subprocess
import textwrap

import pytest
from user_project import Report, killed_after_the_run

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
    """What one `covenv run` told: `summary` (its stderr), `processes` (of its report), `measured` (a Report)."""

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
    """A function that runs a suite of one test below `covenv run`, and returns what was Told.

    `body` is the test's body, `options` are those of `covenv run`, `variables` are added to the environment. The suite
    has to pass. The attribute `project` is the suite's project.
    """

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


def static_program(told_by, name, code):
    source = told_by.project.write(f"{name}.c", code)
    subprocess.run(["gcc", "-static", "-o", source.with_suffix(""), source], check=True)


def test_a_static_program_that_is_killed_without_covenv_is_lost(told_by):
    static_program(told_by, "app", '#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); return pause(); }\n')
    static_program(told_by, "killer", '#include <signal.h>\n#include <stdlib.h>\nint main(int c, char** v) { return kill(atoi(v[1]), 9); }\n')
    start = "    process = start('./app', env={'GOCOVERDIR': '.'})\n"
    told = told_by(start + "    subprocess.run(['./killer', str(process.pid)], check=True)\n    process.wait()")
    assert told.losses == ["static-binary"]
    assert ("LOST 1 x static binary: ./app, started by test_it.py::test_it (call): "
            "a static program was killed by a process without covenv") in told.summary
    assert "start what kills it below `covenv run`, or start it by `sigforward --trace --`" in told.summary


def test_a_static_program_without_counters_that_is_killed_is_not_lost(told_by):
    static_program(told_by, "app", '#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); return pause(); }\n')
    assert told_by("kill(start('./app', env={'GOCOVERDIR': '.'}))").losses == []


def test_a_static_program_that_collects_nothing_is_not_lost(told_by):
    static_program(told_by, "app", '#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); return pause(); }\n')
    assert told_by("kill(start('./app', env={}))").losses == []


OF_ANOTHER_USER = """
    code = "import time; print('ready', flush=True); time.sleep(60)"
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    process = start(*user, "/usr/bin/python3", "-c", code, cwd="/")
"""


def test_a_killed_process_of_another_user_is_lost(told_by):
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


@pytest.mark.asked
def test_a_save_of_its_own_that_fails_is_lost(told_by):
    """The save at the program's own end fails; only coverage's traceback says so."""
    told_by.project.write("server.py", DISK_IS_FULL + "    os.read(0, 1)\n")
    told = told_by("process = start(sys.executable, 'server.py', env={}, stderr=subprocess.DEVNULL)\nprocess.communicate()")
    assert told.losses == ["save-failed"]
    assert "coverage did not write its data as the interpreter shut down" in told.summary


# Ends without a kill

LEAVES_BY_ITSELF = """
    from job import work

    work()
    print("ready", flush=True)
"""


@pytest.mark.parametrize("how", ["kill", "terminate"])
@pytest.mark.parametrize("_kept_by", [pytest.param("journal", marks=pytest.mark.journal), pytest.param("asked", marks=pytest.mark.asked)])
def test_what_is_killed_as_it_leaves_by_itself_is_not_lost(told_by, how, _kept_by):
    """The program's last line prints "ready", so the kill meets the program on its way out."""
    told_by.project.write("leaving.py", LEAVES_BY_ITSELF)
    told = told_by(f"""
        for _ in range(20):
            process = start(sys.executable, "leaving.py", env={{}})
            process.{how}()
            process.wait()
    """)
    assert told.losses == [] and "covenv: nothing lost: " in told.summary
    assert told.measured.kept("job.py") and told.measured.percent("leaving.py") == 100


ENDS = {
    "_exit of a thread without the GIL": "ctypes.CDLL(None)._exit(3)",
    "exit_group": "ctypes.CDLL(None).syscall(231, 3)",
    "faulthandler's watchdog": "faulthandler.dump_traceback_later(0.1, exit=True); time.sleep(60)",
}
ENDS_UNSAVED = """
    import ctypes, faulthandler, os, sys, time
    from job import work

    work()
    {end}
"""
ENDS_SUITE = "process = subprocess.run([sys.executable, 'ending.py'], env={}, stderr=subprocess.DEVNULL)\nassert process.returncode in (1, 3)"


@pytest.mark.asked
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_end_that_shuts_no_interpreter_down_is_lost(told_by, end):
    told_by.project.write("ending.py", ENDS_UNSAVED.format(end=end))
    told = told_by(ENDS_SUITE)
    assert told.losses == ["left-unsaved"] and "job.py" not in told.measured.files() or not told.measured.kept("job.py")
    assert "it ended before its interpreter had shut down, and coverage had not saved" in told.summary
    assert "have it leave by sys.exit() or os._exit(); or let it have a journal (COVENV_JOURNAL=1)" in told.summary


@pytest.mark.parametrize("end", ["sys.exit(3)", "os._exit(3)"])
def test_an_end_that_helps(told_by, end):
    told_by.project.write("ending.py", ENDS_UNSAVED.format(end=end))
    told = told_by(ENDS_SUITE)
    assert told.losses == [] and told.measured.kept("job.py")


@pytest.mark.journal
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_journal_helps_with_each_end(told_by, end):
    told_by.project.write("ending.py", ENDS_UNSAVED.format(end=end))
    told = told_by(ENDS_SUITE)
    assert told.losses == [] and told.measured.kept("job.py")


SIGNALS = {
    "own-timer": ("signal.setitimer(signal.ITIMER_REAL, 0.05); signal.pause()", signal.SIGALRM, "a timer of its own ended it (SIGALRM)"),
    "resource-limit": ("resource.setrlimit(resource.RLIMIT_CPU, (1, 2)); spin()", signal.SIGXCPU, "it had no processor time left (SIGXCPU)"),
    "broken-pipe": ("signal.signal(signal.SIGPIPE, signal.SIG_DFL); r, w = os.pipe(); os.close(r); os.write(w, b'x')", signal.SIGPIPE,
                    "it wrote into a pipe that has no reader (SIGPIPE)"),
    "crashed": ("ctypes.string_at(0)", signal.SIGSEGV, "it crashed (SIGSEGV)"),
}
SIGNALLED = """
    import ctypes, os, resource, signal, sys
    from job import work

    def spin():
        while True:
            pass

    work()
    {end}
"""


@pytest.mark.asked
@pytest.mark.parametrize("reason", SIGNALS)
def test_a_signal_of_its_own_is_its_reason(told_by, reason):
    end, number, text = SIGNALS[reason]
    told_by.project.write("ending.py", SIGNALLED.format(end=end))
    told = told_by(f"assert subprocess.run([sys.executable, 'ending.py'], env={{}}).returncode == -{int(number)}")
    assert told.losses == [reason] and text in told.summary
    assert "or let it have a journal (COVENV_JOURNAL=1)" in told.summary


@pytest.mark.journal
@pytest.mark.parametrize("reason", SIGNALS)
def test_a_journal_helps_with_each_signal(told_by, reason):
    end, number, _ = SIGNALS[reason]
    told_by.project.write("ending.py", SIGNALLED.format(end=end))
    told = told_by(f"assert subprocess.run([sys.executable, 'ending.py'], env={{}}).returncode == -{int(number)}")
    assert told.losses == [] and told.measured.kept("job.py")


@pytest.mark.asked
@pytest.mark.parametrize("mended", [
    "signal.signal(signal.SIGALRM, lambda *_: sys.exit()); signal.setitimer(signal.ITIMER_REAL, 0.05); signal.pause()",
    "resource.setrlimit(resource.RLIMIT_CPU, (100, 200))",
    "r, w = os.pipe(); os.close(r); sys.stderr.close(); os.write(w, b'x')",
], ids=["handled", "limit raised", "ignored"])
def test_what_fixes_a_signal_of_its_own(told_by, mended):
    told_by.project.write("ending.py", SIGNALLED.format(end=mended))
    told = told_by("assert subprocess.run([sys.executable, 'ending.py'], env={}).returncode in (0, 1)")
    assert told.losses == [] and told.measured.kept("job.py")


DUMPING = [signal.SIGABRT, signal.SIGQUIT, signal.SIGSEGV, signal.SIGXCPU]


@pytest.mark.asked
@pytest.mark.parametrize("number", DUMPING)
def test_a_signal_that_dumps_core_saves_and_still_dumps_core(told_by, number):
    told = told_by(f"""
        import resource

        process = start(sys.executable, "server.py", env={{}},
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (10 ** 9, 10 ** 9)))
        process.send_signal({int(number)})
        assert os.waitpid(process.pid, 0)[1] == {int(number)} | 0x80
    """)
    assert told.losses == [] and told.measured.kept("server.py")
    assert told.process("server.py")["kill"]["signal"] == number


@pytest.mark.asked
@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_signal_that_dumps_core_and_that_the_suite_sends_is_no_crash(told_by, number):
    """The loss is a kill, even if the program's own handler (faulthandler) sends the signal again."""
    told = told_by(f"""
        process = start(sys.executable, "server.py", env={{"PYTHONFAULTHANDLER": "1"}}, stderr=subprocess.DEVNULL)
        process.send_signal({int(number)})
        assert process.wait() == -{int(number)}
    """)
    assert told.losses == ["killed-unsaved"]
    assert f"it was killed by {number.name}, which it handles itself, or could not be asked" in told.summary
    assert "fix: end it by SIGTERM or SIGKILL; or let it have a journal (COVENV_JOURNAL=1)" in told.summary
    assert told.process("server.py")["kill"]["signal"] == number


@pytest.mark.asked
def test_with_kill_off_that_is_the_reason(told_by):
    told = told_by("kill(start(sys.executable, 'server.py', env={}))", "--kill", "off")
    assert told.losses == ["killed-unsaved"] and "with COVENV_KILL=off none is asked to save" in told.summary


@pytest.mark.asked
def test_a_program_that_saves_its_own_coverage_is_not_lost(told_by):
    told_by.project.write("own.py", """
        import coverage

        own = coverage.Coverage(data_file=".coverage.own", source=["."])
        own.start()
        from job import work

        work()
        own.stop()
        own.save()
    """)
    assert told_by("subprocess.run([sys.executable, 'own.py'], env={'COVERAGE_PROCESS_CONFIG': ''}, check=True)").losses == []


@pytest.mark.asked
def test_another_program_in_its_place_keeps_what_it_was(told_by):
    told_by.project.write("first.py", "import os\nfrom job import work\n\nwork()\nos.execv('/bin/true', ['true'])\n")
    told = told_by("subprocess.run([sys.executable, 'first.py'], env={}, check=True)")
    assert told.losses == [] and told.measured.kept("job.py")


@pytest.mark.asked
def test_another_program_in_its_place_by_c_code_is_lost(told_by):
    told_by.project.write("first.py", """
        import ctypes
        from job import work

        work()
        ctypes.CDLL(None).execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))
    """)
    told = told_by("subprocess.run([sys.executable, 'first.py'], env={}, check=True)")
    assert told.losses == ["replaced-unsaved"]
    assert "have Python code call os.exec*()" in told.summary


def is_kept(told, program):
    """True if the report says of the process that runs `program` only that its journal has become data."""
    [process] = [one for one in told.processes if one["argv"][1:] == [program]]
    return process["loss"] is None and process["saves"] == [{"why": "journal", "took_ns": 0, "ok": True}]


@pytest.mark.journal
@pytest.mark.parametrize("server", [KEEPS_THE_GIL, SAVE_HANGS], ids=["keeps the GIL", "save hangs"])
def test_what_could_not_answer_is_kept_by_its_journal(told_by, server):
    """The target never answers. The killer does not wait, because the target has a journal."""
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
    """The journal keeps the coverage of a program that ends without finalisation. A crash is reported all the same,
    because it is a defect of the program."""
    told_by.project.write("crash.py", f"import ctypes, os\nfrom job import work\n\nwork()\n{end}\n")
    told = told_by(f"assert subprocess.run([sys.executable, 'crash.py'], env={{}}).returncode == {status}")
    assert told.losses == [] and is_kept(told, "crash.py") and told.measured.kept("job.py")
    *crashes, totals = told.summary.splitlines()
    python = told.process("crash.py")["argv"][0]
    assert crashes == ([f"covenv: kept from its journal: {python} crash.py, died of {name}, complete to its last line"] if name else [])
    assert totals.startswith("covenv: nothing lost: 2 processes, 2 measured; ")


# Programs that are not measured

WITHOUT_COVERAGE = "subprocess.run(['/usr/bin/python3', '-I', '-S', *%s], env={'COVENV_PYTHON': 'another', %s}, check=True)"


def test_an_interpreter_without_coverage_is_lost(told_by):
    told = told_by(WITHOUT_COVERAGE % (["job.py"], ""))
    assert told.losses == ["not-measured"]
    assert "coverage did not start in this interpreter: no module named 'coverage'" in told.summary
    assert "fix: install coverage for /usr/bin/python3; see `covenv doctor`" in told.summary


def test_a_script_by_an_interpreter_without_coverage_is_lost(told_by):
    """Python is recognised although the file (a script with `#!`) has another name: the program that runs counts."""
    tool = told_by.project.write("tool", "#!/usr/bin/python3 -IS\nprint('ran')\n")
    tool.chmod(0o755)
    told = told_by("assert subprocess.run(['./tool'], env={'COVENV_PYTHON': 'another'}, capture_output=True).stdout == b'ran\\n'")
    assert told.losses == ["not-measured"]
    assert "LOST 1 x not measured: " in told.summary


@pytest.mark.parametrize("words", [["-V"], ["--help"], ["-VV"]], ids=" ".join)
def test_an_interpreter_that_runs_no_program_is_not_lost(told_by, words):
    told = told_by(WITHOUT_COVERAGE % (words, ""), "--fail-on-loss")
    assert told.losses == [] and told.summary.startswith("covenv: nothing lost: ")


def test_one_that_has_opted_out_is_not_lost(told_by):
    told = told_by(WITHOUT_COVERAGE % (["-c", "print(1)"], "'COVERAGE_PROCESS_CONFIG': ''"))
    assert told.losses == []
    assert told.summary.startswith("covenv: 1 opted out: /usr/bin/python3 -I -S ")


PLUGIN = """
    from coverage import CoveragePlugin

    class Plugin(CoveragePlugin):
        pass

    def coverage_init(reg, options):
        reg.add_file_tracer(Plugin())
"""
IN_ANOTHER_FOLDER = """
    done = subprocess.run([sys.executable, "-c", "from job import work; work()"], cwd="elsewhere", env={}, stderr=subprocess.PIPE, check=True)
    assert done.stderr == b""
"""


@pytest.fixture
def told_with_plugin(told_by):
    project = told_by.project
    project.configure("plugins = plug")
    project.write("plug.py", PLUGIN)
    (project.folder / "elsewhere").mkdir()
    (project.folder / "job.py").rename(project.folder / "elsewhere" / "job.py")
    return told_by


def test_one_that_lacks_a_plugin_is_lost(told_with_plugin):
    told = told_with_plugin("    os.unlink('plug.py')" + IN_ANOTHER_FOLDER)
    assert told.losses == ["not-measured"]
    assert "coverage did not start in this interpreter: no module named 'plug'" in told.summary
    assert "fix: install plug for " in told.summary and "or take it out of coverage's configuration" in told.summary


def test_one_whose_plugin_is_in_the_suites_folder_is_not_lost(told_with_plugin):
    """The suite finds its plugin in its working directory. The child, in another folder, finds the plugin as well."""
    told = told_with_plugin(IN_ANOTHER_FOLDER)
    assert told.losses == [] and told.measured.kept("elsewhere/job.py")


# Processes that are not counted

RUNS_ON = """
    import os, signal
    from job import work

    {daemonise}
    work()
    os.write(1, b"ready\\n")
    os.close(1)
    signal.pause()
"""


@pytest.fixture
def told_by_one_that_runs_on(told_by):
    """A function that runs a suite which leaves a process behind, and then kills that process.

    `daemonise` is the code by which the process gets away. Returns what was Told, and the process's entries in the
    report.
    """

    def run(daemonise):
        told_by.project.write("daemon.py", RUNS_ON.format(daemonise=daemonise))
        told = told_by("start(sys.executable, 'daemon.py', env={}, stderr=subprocess.DEVNULL)")
        those = [one for one in told.processes if "daemon.py" in one["argv"]]
        [running] = [one for one in those if one["end"] is None]
        os.kill(running["pid"], signal.SIGKILL)
        killed_after_the_run.add(running["pid"])
        return told, those

    return run


def test_what_ends_with_the_command_does_not_run_on(told_by):
    """multiprocessing's resource tracker, which ends after its parent, is not reported as still running."""
    told = told_by("""
        import multiprocessing

        process = multiprocessing.get_context("spawn").Process(target=print)
        process.start()
        process.join()
    """)
    assert any("resource_tracker" in " ".join(one["argv"]) for one in told.processes)
    assert "still running" not in told.summary and "covenv: nothing lost: " in told.summary


def test_one_that_runs_on_is_told(told_by_one_that_runs_on):
    told, _ = told_by_one_that_runs_on("")
    [line, *_] = told.summary.splitlines()
    assert line.startswith("covenv: 1 still running: ") and "daemon.py" in line
    assert told.losses == [] and "nothing lost" not in told.summary


def test_a_daemons_parent_has_ended(told_by_one_that_runs_on):
    """Only the daemon is reported as still running: its parents have ended, although no process has waited for them."""
    told, those = told_by_one_that_runs_on("os.fork() and os._exit(0); os.fork() and os._exit(0)")
    assert len(those) > 1 and "1 still running: " in told.summary


@pytest.mark.parametrize("line", ["sys.settrace(None)", "coverage.Coverage.current().stop()"])
def test_one_that_stops_measuring_is_told(told_by, line):
    told_by.project.write("stopping.py", f"import coverage, sys\n\n{line}\nfrom job import work\n\nwork()\n")
    told = told_by("subprocess.run([sys.executable, 'stopping.py'], env={}, check=True)", COVERAGE_CORE="ctrace")
    assert told.losses == [] and not told.measured.kept("job.py")
    [line, *_] = told.summary.splitlines()
    assert line.startswith("covenv: 1 stopped measuring: ") and "stopping.py" in line


@pytest.mark.journal
@pytest.mark.parametrize("line, is_told", [
    ("sys.settrace(None)", True),
    ("coverage.Coverage.current().stop()", True),
    ("before = sys.gettrace(); sys.settrace(None); sys.settrace(before)", False),
    ("current = coverage.Coverage.current(); current.stop(); current.start()", False),
])
def test_one_that_stops_measuring_and_is_killed_is_told(told_by, line, is_told):
    told_by.project.write("stopping.py", f"""
        import coverage, sys, time
        {line}
        from job import work
        work()
        print("ready", flush=True)
        time.sleep(60)
    """)
    told = told_by("kill(start(sys.executable, 'stopping.py', env={}))", COVERAGE_CORE="ctrace")
    assert told.losses == [] and bool(told.measured.kept("job.py")) != is_told
    assert ("covenv: 1 stopped measuring: " in told.summary) == is_told


@pytest.mark.journal
@pytest.mark.parametrize("end, status", [("pass", 0), ("import os; os.kill(os.getpid(), 9)", -9)], ids=["ends", "killed"])
def test_one_that_runs_nothing_of_source_is_told(told_by, end, status):
    told = told_by(f"assert subprocess.run([sys.executable, '-c', {end!r}], env={{}}, cwd='/').returncode == {status}")
    assert told.losses == []
    [line, last] = told.summary.splitlines()
    assert line.startswith("covenv: 1 measured nothing of source: ") and last.startswith("covenv: nothing lost: ")


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
