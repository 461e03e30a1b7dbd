# SPDX-License-Identifier: MIT
"""Kills measured Python processes in every situation that is bad for a save, and counts whose coverage is kept.

    python tests/coverage/torture/torture.py --library build/release/lib/libcovenv.so --python VENV/bin/python

The Python that is named must have coverage. It runs the targets (targets/), and under the library also this runner,
which kills them. In a round the runner starts a target, waits until the target is ready, kills it by os.kill(), and
waits for its end. The status has to be the signal's. The data file has to hold every line of the target's prepare(),
and of in_child() if there is one, and no line of behind().

With --keeping journal the targets have journals, and the runner looks for data files, as `coverage combine` does.
Otherwise the targets have none, and are asked to save.

The exit status is 1 if a situation loses more than ALLOWED says.
"""

import argparse
import ast
import contextlib
import glob
import json
import os
import platform
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGETS = HERE / "targets"
# So many seconds after the grace a process may die on a busy machine.
SLACK = float(os.environ.get("TORTURE_SLACK", "0.5"))
# seconds; a process that takes longer to get ready never will, and one that takes longer to die never does
LOST_CAUSE = 30
NEVER_READY = "never got ready"
# The environment of tools that the runner starts.
BARE = {**os.environ, "COVENV_DISABLE": "1"}


class Situation:
    """One target, and how it is killed.

    The kill comes up to `delay` ms after the target is ready, a time that is picked by chance, because some situations
    are races. A target that `ends` by itself may have ended before the kill.
    """

    def __init__(self, name, delay=0, waits_ready=True, target=None, file=None, variables=(), ends=False):
        self.name = name
        self.target = (target or name) + ".py"
        self.delay = delay
        self.waits_ready = waits_ready
        self.file = (file or target or name) + ".py"
        self.variables = dict(variables)
        self.ends = ends


BLOCKING_CALLS = [
    "pause", "c_pause", "c_pause_with_gil", "c_sleep", "c_usleep", "c_poll", "time_sleep", "select", "recv",
    "recv_timeout", "lock", "wait",
]
SITUATIONS = [
    *(Situation(f"blocked_{call}", target="blocked", variables={"TORTURE_CALL": call}) for call in BLOCKING_CALLS),
    Situation("accept"),
    Situation("epoll"),
    Situation("busy"),
    Situation("sleeping"),
    Situation("joining"),
    Situation("many_threads"),
    Situation("asyncio_tasks"),
    Situation("malloc_main"),
    Situation("malloc_threads"),
    Situation("zlib_loop", delay=5),
    Situation("hashlib_loop", delay=5),
    Situation("sqlite_loop", delay=5),
    Situation("stat_loop", delay=5),
    Situation("gil_held"),
    Situation("gil_in_turns", delay=60),
    Situation("importing", delay=60),
    Situation("starting", delay=1000, waits_ready=False),
    Situation("saving", delay=20),
    Situation("forking", delay=5),
    Situation("forking_threads", delay=5),
    Situation("fork_fresh", delay=3),
    Situation("fork_child"),
    Situation("fork_child_malloc"),
    Situation("fork_child_of_threads"),
    Situation("forked_children"),
    Situation("spawning", delay=5),
    Situation("exec_loop", delay=200),
    Situation("finalising", delay=60, ends=True),
    Situation("finalising_atexit", delay=5),
    Situation("finalising_teardown", delay=5),
    Situation("finalising_teardown_busy", delay=5),
    Situation("finalising_native", delay=5),
    Situation("subinterpreter"),
    Situation("subinterpreter_busy", delay=5),
    Situation("subinterpreter_thread", delay=5),
    Situation("stopped"),
    Situation(
        "urg_before", file="urg_before_rest", variables={"TORTURE_RC": "COVERAGE_PROCESS_START"}
    ),
    Situation("urg_after"),
    Situation("urg_storm", delay=5),
    Situation("urg_ignored"),
    Situation("all_block"),
    Situation("main_blocks"),
    Situation("stacks_emptied"),
    Situation("stack_taken"),
    Situation("tls_grown"),
    Situation("state_word", file="tls_grown"),
    Situation("thread_churn", delay=5),
    Situation("thread_churn_python", delay=5),
    Situation("dlopen_loop", delay=5),
]

# situation -> why data may be lost there. In every other situation each round has to save. In all of them the process
# has to die by the signal that was sent, not later than the grace.
ALLOWED = {
    "gil_held": "the GIL is never given back",
    "finalising_teardown_busy": "the GIL is never given back; coverage's own atexit has saved",
    "all_block": "no thread may be interrupted",
    "starting": "nothing of the program has run where the saver is not armed yet",
    "fork_fresh": "the child may not have got out of fork()",
}
# In CPython 3.9 to 3.11 threads of the main interpreter ask the wrong interpreter for the GIL that they share.
if (3, 9) <= sys.version_info[:2] <= (3, 11):
    ALLOWED["subinterpreter_busy"] = "the GIL is never given back"
ALLOWED_TERM = {"stopped": "a stopped process keeps SIGTERM for later, when the saver is not asked"}
# A journal needs no answer: a line that it has not kept has not run.
ALLOWED_JOURNAL = {
    "starting": "nothing of the program has run",
    "fork_fresh": "the child may not have got out of fork()",
}


class Round:
    """The result of one kill. `seconds` is the time from the kill to the end, `saved` whether the data are right."""

    def __init__(self, seconds, status, saved, note="", too_late=False):
        self.seconds = seconds
        self.too_late = too_late  # the target had ended by itself before the kill
        self.status = status  # as Popen.returncode: negative for a signal
        self.saved = saved
        self.note = note


class Tally:
    """The results of all rounds of one situation."""

    COLUMNS = ("situation", "rounds", "saved", "lost", "wrong status", "over the grace", "median ms", "max ms")

    def __init__(self, situation, signal_number, grace, keeping):
        self.situation = situation
        self._keeping = keeping
        self._signal = signal_number
        self._grace = grace
        self.rounds = []

    def saved(self):
        return sum(each.saved for each in self.rounds)

    def wrong(self):
        return [each for each in self.rounds if each.status != -self._signal and not each.too_late]

    def late(self):
        return [each for each in self.rounds if each.seconds > self._grace + SLACK]

    def row(self):
        times = sorted(each.seconds * 1000 for each in self.rounds)
        total = len(self.rounds)
        return (
            self.situation.name,
            total,
            self.saved(),
            total - self.saved(),
            len(self.wrong()),
            len(self.late()),
            round(statistics.median(times), 1),
            round(times[-1], 1),
        )

    def _allowed(self):
        """The reason why rounds of this situation may be lost, or None if none may."""
        name = self.situation.name
        if self._keeping == "journal":
            return ALLOWED_JOURNAL.get(name)
        return ALLOWED.get(name) or (ALLOWED_TERM.get(name) if self._signal == signal.SIGTERM else None)

    def violations(self):
        """A line of text for each rule that the rounds have broken."""
        found = []
        lost = len(self.rounds) - self.saved()
        if lost and not self._allowed():
            found.append(f"{self.situation.name}: {lost} of {len(self.rounds)} lost")
        if self.wrong():
            found.append(f"{self.situation.name}: status {sorted({each.status for each in self.wrong()})}")
        if self.late():
            found.append(f"{self.situation.name}: {len(self.late())} past the grace")
        found += sorted({f"{self.situation.name}: {each.note}" for each in self.rounds if each.note})
        return found


def lines_of(path, *functions):
    """The line numbers of all statements inside of these functions of a file."""
    lines = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in functions:
            lines |= {
                inner.lineno for part in node.body for inner in ast.walk(part) if isinstance(inner, ast.stmt)
            }
    return lines


def measured_lines(folder, file, pid):
    """The line numbers of `file` in the data files of one process. Raises CoverageException if one is not readable."""
    from coverage.data import CoverageData

    lines = set()
    # Data files of the process's children are left out, because the children may still be writing.
    for path in folder.glob(".coverage.*"):
        parts = path.name.split(".")
        # Since 7.10 coverage writes "pid" before the number.
        if not {str(pid), f"pid{pid}"} & set(parts) or parts[-1].endswith(("-journal", "-wal")):
            continue
        data = CoverageData(basename=str(path))
        data.read()
        for measured in data.measured_files():
            if measured.endswith(f"/{file}"):
                lines |= set(data.lines(measured) or ())
    return lines


def kill_group(group):
    """Kills a process group at once, by a process without the library, so that no member outlives its round."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, 0)
        subprocess.run(["/bin/kill", "-KILL", "--", f"-{group}"], env=BARE, stderr=subprocess.DEVNULL)


class Watchdog:
    """Kills the group of a process that is still there after LOST_CAUSE seconds.

    If a `folder` is given, gdb writes the backtraces of all threads there `after` so many seconds.
    """

    def __init__(self, pid, folder, after):
        self._pid = pid
        self._file = folder and Path(folder) / f"{pid}.gdb"
        self._timers = [threading.Timer(LOST_CAUSE, self._kill)]
        if folder:
            self._timers.append(threading.Timer(after, self._look))

    def _run(self, *command, **options):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, env=BARE, timeout=30, **options)

    def _look(self):
        with open(self._file, "w") as file:
            gdb = ("gdb", "-p", str(self._pid), "-batch", "-ex", "thread apply all backtrace")
            self._run(*gdb, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)

    def _kill(self):
        kill_group(os.getpgid(self._pid))

    def __enter__(self):
        for timer in self._timers:
            timer.daemon = True
            timer.start()
        return self

    def __exit__(self, *_):
        for timer in self._timers:
            timer.cancel()


class Runner:
    """Starts and kills targets. This process runs under the library, because its os.kill() is under test."""

    def __init__(self, options, folder):
        self._options = options
        self._signal = getattr(signal, f"SIG{options.signal}")
        self._folder = folder
        self._random = random.Random(options.seed)
        self._build()
        self._configuration = folder / "coveragerc"
        self._configuration.write_text("[run]\nparallel = true\n")

    def _build(self):
        """Builds the libraries of C code that the targets load."""
        compile = [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-pthread"]
        for name in ("native", "tls", "state_word"):
            command = [*compile, "-o", str(self._folder / f"{name}.so"), str(TARGETS / f"{name}.c"), "-ldl"]
            subprocess.run(command, env=BARE, check=True)
        for number in range(20):
            shutil.copy(self._folder / "tls.so", self._folder / f"tls{number}.so")

    def tally(self, situation):
        """The Tally of all rounds of a situation. Stops after the first target that never gets ready."""
        tally = Tally(situation, self._signal, self._options.grace, self._options.keeping)
        for _ in range(self._options.rounds):
            tally.rounds.append(self._round(situation))
            if tally.rounds[-1].note.startswith(NEVER_READY):
                break
        return tally

    def _environment(self, situation, folder):
        names = {"COVERAGE_PROCESS_START": str(self._configuration)}
        for new, value in situation.variables.items():
            names[new] = names.pop(value, value)
        names["COVERAGE_FILE"] = str(folder / ".coverage")
        if self._options.core:
            names["COVERAGE_CORE"] = self._options.core
        names["COVENV_JOURNAL"] = self._journals(folder)
        return {**os.environ, **names}

    def _journals(self, folder):
        return f"/dev/shm/{self._folder.name}-{folder.name}" if self._options.keeping == "journal" else "0"

    def _gather(self, folder, pid, started):
        """Turns the journals of `pid`, and of its parent `started`, into data files in `folder`.

        Journals of other processes are put aside. Returns "", or a text if journals of `pid` are left.
        """
        journals = Path(self._journals(folder))
        others = journals / "others"
        others.mkdir()
        for journal in journals.glob(".covenv-j-*"):
            if journal.name.split("-")[3] not in (str(pid), str(started)):
                journal.rename(others / journal.name)
        import coverage  # a process that combines has imported coverage

        os.environ["COVENV_JOURNAL"] = str(journals)
        glob.glob(str(folder / ".coverage.*"))
        left = [journal.name for journal in journals.glob(f".covenv-j-*-{pid}-*")]
        return f"journals are left: {left}" if left else ""

    def _round(self, situation):
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        if self._options.keeping == "journal":
            os.mkdir(self._journals(folder))
        ours, theirs = os.pipe()
        try:
            with open(folder / "log", "wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-Wignore::DeprecationWarning", str(TARGETS / situation.target), str(theirs), str(self._folder)],
                    env=self._environment(situation, folder),
                    cwd=folder,
                    pass_fds=[theirs],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            os.close(theirs)
            try:
                with open(ours) as pipe:
                    return self._kill(situation, process, pipe, folder)
            finally:
                process.stdin.close()
                kill_group(process.pid)
                process.wait()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(self._journals(folder), ignore_errors=True)

    def _kill(self, situation, process, pipe, folder):
        pid = process.pid
        if situation.waits_ready:
            with Watchdog(pid, None, 0):
                word = pipe.readline().split()
            if word[:1] != ["ready"]:
                return Round(0, -self._signal, False, f"{NEVER_READY}: {(folder / 'log').read_text()[-2000:]}")
            pid = int(word[1])
        if situation.name == "stopped":
            while "State:\tT" not in Path(f"/proc/{pid}/status").read_text():
                time.sleep(0.001)
        if situation.delay:
            time.sleep(self._random.uniform(0, situation.delay) / 1000)
        with Watchdog(pid, self._options.backtraces, self._options.grace * 0.3):
            too_late = situation.ends and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            start = time.monotonic()
            os.kill(pid, self._signal)
            if situation.name == "stopped" and self._signal != signal.SIGKILL:
                os.kill(pid, signal.SIGCONT)
            if pid == process.pid:
                status = process.wait()
            else:
                status = int(pipe.readline().split()[1])
                status = -(status & 0x7F) or status >> 8
            seconds = time.monotonic() - start
        saved, note = self._look_at(situation, folder, pid, process.pid)
        log = (folder / "log").read_text(errors="replace").strip()
        if log and not note:
            note = f"it said: {log[-500:]}"
        if not saved or (status != -self._signal and not too_late) or seconds > self._options.grace:
            print(f"# {situation.name}: pid {pid} status {status} saved {saved} {seconds * 1000:.0f} ms", file=sys.stderr)
        return Round(seconds, status, saved, note, too_late)

    def _look_at(self, situation, folder, pid, started):
        try:
            if self._options.keeping == "journal" and (left := self._gather(folder, pid, started)):
                return False, left
            lines = measured_lines(folder, situation.file, pid)
            if self._options.keeping == "journal" and started != pid:
                # Lines that ran before the fork are in the parent's data.
                lines |= measured_lines(folder, situation.file, started)
        except Exception as problem:
            return False, f"unreadable data: {problem}"
        # prepare() and in_child() have run when the target is ready; behind() must never run.
        expected = lines_of(TARGETS / situation.file, "prepare", "in_child")
        if behind := lines & lines_of(TARGETS / situation.file, "behind"):
            return False, f"lines {sorted(behind)} have not run"
        if lines and not expected <= lines and situation.waits_ready:
            return False, f"lines {sorted(expected - lines)} missing"
        return bool(lines), ""


def print_table(tallies):
    rows = [Tally.COLUMNS] + [tally.row() for tally in tallies]
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(Tally.COLUMNS))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", required=True, type=os.path.abspath)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--only", action="append", metavar="NAME", help="one situation; may be given several times")
    parser.add_argument("--signal", choices=("KILL", "TERM"), default="KILL")
    parser.add_argument("--keeping", choices=("asked", "journal"), default="asked")
    parser.add_argument("--core", choices=("ctrace", "pytrace", "sysmon"))
    parser.add_argument("--grace", type=float, default=1.0, help="COVENV_GRACE, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--backtraces", metavar="FOLDER", help="gdb looks at what has not died at 0.3 of the grace, so give it a long one")
    parser.add_argument("--list", action="store_true", help="print the situations")
    options = parser.parse_args(arguments)
    unknown = set(options.only or ()) - {situation.name for situation in SITUATIONS}
    if unknown:
        parser.error(f"no such situation: {', '.join(sorted(unknown))}")
    return options


def run_under_library(options):
    """Replaces this process by `options.python` with this file, with the library, and without our caller's coverage."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment.update(LD_PRELOAD=options.library, COVENV_GRACE=f"{options.grace}s", TORTURE_RUNNER="1")
    python = shutil.which(options.python) or options.python
    os.execve(python, [python, __file__, *sys.argv[1:]], environment)


def main():
    options = parse(sys.argv[1:])
    if options.list:
        print(*(situation.name for situation in SITUATIONS), sep="\n")
        return 0
    if os.environ.get("TORTURE_RUNNER") != "1":
        run_under_library(options)
    del os.environ["TORTURE_RUNNER"]
    if options.backtraces:
        os.makedirs(options.backtraces, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    tallies = []
    try:
        runner = Runner(options, folder)
        for situation in SITUATIONS:
            if not options.only or situation.name in options.only:
                tallies.append(runner.tally(situation))
                print("#", *tallies[-1].row(), file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    violations = [line for tally in tallies for line in tally.violations()]
    import coverage

    print(f"\nCPython {platform.python_version()}, coverage {coverage.__version__}, core {options.core or 'default'},"
          f" SIG{options.signal}, {options.keeping}, grace {options.grace} s\n")
    print_table(tallies)
    print(*(f"VIOLATION {line}" for line in violations), sep="\n")
    if options.json:
        rows = [dict(zip(Tally.COLUMNS, tally.row())) for tally in tallies]
        Path(options.json).write_text(json.dumps({"python": platform.python_version(), "signal": options.signal,
                                                  "core": options.core, "rows": rows, "violations": violations}))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
