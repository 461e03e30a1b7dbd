#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the system calls of the shim fail: each call one time, and each kind of call every time. What a program sees
has to be what it sees without the library.

    faults.py --build-dir build/release                              all of it, counted
    faults.py ... --scenario kill/measured --list                    the calls of one scenario
    faults.py ... --scenario kill/measured --call 0.openat.3.shim --error EMFILE
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from errors import ERRORS, FOR_SHIM, NEVER_FAIL, ORIGINAL_ERRORS
from saver_scenarios import SCENARIOS as SAVER_SCENARIOS
from savers import ABSENT, BROKEN, KEPT, Savers, fate

HERE = Path(__file__).resolve().parent
# A Python with coverage itself (not the stand-in), whose processes have journals.
MEASURED_PYTHON = HERE.parents[2] / "build" / "venvs" / "pytest-cov-7" / "bin" / "python"
DEADLINE = 30
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", "COV_CORE_SOURCE": "x", "COVENV_GRACE": "300ms"}
# Faults that make the shim take another way. The calls on that way are made to fail as well.
CONDITIONS = {
    "": [],
    "no pidfds": ["*.pidfd_open.*.shim=ENOSYS"],
    "no wiped pages": ["*.madvise.*.shim=EINVAL"],
    "no saver thread": ["*.prctl.*.shim=EINVAL"],
    "no fallocate": ["*.fallocate.*.shim=EOPNOTSUPP"],
    "no nameless files": ["*.linkat.*.shim=ENOENT"],
}
MORE = 20  # calls that a fault may lead to, beyond those of a run without faults
KILLER, SERVER = "0", "1"  # the processes of scenarios with a runtime that saves
# A short grace, because a fault may keep the runtime from saving, but long enough for a save below the tracer.
SAVER_VARIABLES = (("COVENV_GRACE", "2s"), ("COV_CORE_SOURCE", None), ("PYTHONPATH", None))
START = "0.execve.1.program"  # the exec of the scenario itself
# Scenarios that also run in a session: for each kind of event at least one that records it.
IN_SESSION = (
    "execve/target", "execve/missing", "posix_spawn/target_static", "kill/plain", "kill/measured", "killpg/group",
    "python/killed", "python/killed_fork", "python/_exit", "python/execv", "journal/killed",
)
# Scenarios with a process that is asked. The ask may kill it, so its caller's own call may find nothing to fail at.
ASKED = ("/measured", "/catches_term", "/measured_and_catches", "/measured_by_term", "/deaf", "/group", "/own_group")


@dataclass(frozen=True)
class Scenario:
    """A command, and how it is run. Its output is compared, except lines that start with "may "."""

    name: str
    command: tuple
    environment: tuple = ()  # (name, value) of variables to add; None: to leave out
    preload: str = ""  # LD_PRELOAD, if it is not the library's path
    session: str = ""  # "whole", "damaged" or none
    condition: str = ""  # a key of CONDITIONS
    originals: frozenset = frozenset()  # the names of the system calls that are the caller's own
    process: str = "*"  # the process in which calls fail
    runtime: str = ""  # a key of savers.RUNTIMES

    @property
    def is_python(self):
        return self.name.startswith("python/")

    @property
    def is_node(self):
        return self.name.startswith("node/")

    @property
    def has_server(self):
        """Whether a runtime other than CPython saves. Calls count from that program's start on."""
        return self.is_node or self.runtime != ""

    @property
    def has_journal(self):
        return self.name.startswith("journal/")

    def __str__(self):
        killer = "killer" if self.process == KILLER else ""
        conditions = [self.condition, f"{self.session} session" if self.session else "", killer]
        return " ".join([self.name, *(f"({condition})" for condition in conditions if condition)])


@dataclass
class Outcome:
    """The result of one fault. `fault` is CALL=ERROR as in faults.cc, `problems` has a text for each difference."""

    scenario: Scenario
    fault: str
    problems: list
    was_reached: bool = True
    was_degraded: bool = False

    def reproduce(self):
        call, error = self.fault.split("=")
        return f"faults.py --scenario '{self.scenario}' --call '{call}' --error {error}"


@dataclass
class Recorded:
    """What a scenario does without faults."""

    bare: dict  # the run without the library, as faults.cc prints it
    calls: list  # key() of the shim's calls that come in every run
    originals: list  # key() of the caller's own calls
    may: list  # the lines that start with "may "
    sites: set = field(default_factory=set)  # (call, address in the library)
    numbers: dict = field(default_factory=dict)  # {call: (first, last number)} since a server's start; {}: of no matter
    process: str = SERVER  # whose numbers


def must(run):
    """The lines of a run's output that must be the same without the library."""
    return [line for line in run["output"].splitlines() if not line.startswith("may ")]


def may(run):
    return [line for line in run["output"].splitlines() if line.startswith("may ")]


def lines_of(errors):
    """The lines of a text, sorted, because a shell that runs an ELF file (ENOEXEC) finds ampersands in it: jobs."""
    return sorted(errors.splitlines())


def differences(bare, run):
    """A text for each difference of a run from the run without the library; [] if a program sees none."""
    found = [] if must(run) == must(bare) else [f"output: {must(bare)} became {must(run)}"]
    if run["status"] != bare["status"] or lines_of(run["errors"]) != lines_of(bare["errors"]):
        found.append(f"status {bare['status']} became {run['status']}, stderr {run['errors']!r}")
    if run["timed_out"]:
        found.append("hangs")
    if run["left"] != bare["left"]:
        found.append(f"left behind: {run['left']}")
    if run["data"] == BROKEN:
        found.append("data that the runtime's own tool refuses")
    return found


def untruth(run):
    """What is told of a runtime's coverage that is not so; [] if nothing."""
    if run["data"] == KEPT or not run["measured"]:
        return []
    if run["saved"]:
        return ["told as saved, and lost"]
    return ["a loss that is told as nothing to save"] if run["settled"] else []


class Laboratory:
    """Runs scenarios of one build in `folder`, with `library` or the build's own, for `deadline` seconds at most."""

    def __init__(self, build, folder, library=None, deadline=DEADLINE):
        self.shim = HERE.parents[2] / "shim"
        self.deadline = deadline
        self.programs = Path(build).resolve() / "tests" / "fault-programs"
        self.library = Path(library or Path(build) / "lib" / "libcovenv.so").resolve()
        self.folder = Path(folder)
        self.python = Path(sys.executable)
        (self.folder / "savers").mkdir()
        self.savers = Savers(self.folder / "savers")
        self.sigforward = Path(build).resolve() / "bin" / "sigforward"
        self._make_targets()

    def _make_targets(self):
        for name in ("target", "target_static", "target32", "counted", "libcovenv.so"):
            source = self.library if name == "libcovenv.so" else self.programs / name
            (self.folder / name).symlink_to(source)
        (self.folder / "script").write_text("#!./target script\n")
        (self.folder / "script").chmod(0o755)
        (self.folder / "denied").write_text("no program\n")

    def scenarios(self):
        """All scenarios: of the probe, of the stand-in for coverage, of coverage, of runtimes, and variants of some."""
        listed = subprocess.run([self.programs / "probe", "--list"], capture_output=True, text=True, check=True)
        named = [self._of_probe(name) for name in listed.stdout.split()]
        named += [self._of_python(name) for name in names_in(HERE / "python" / "programs.py")]
        named += [self._of_journal(name) for name in names_in(HERE / "journalled.py")]
        named += [self._of_node(name) for name in names_in(HERE / "node_scenarios.py")]
        named += [self._of_saver(name, SERVER) for name in SAVER_SCENARIOS]
        named += [self._of_saver(name, KILLER) for name in SAVER_SCENARIOS if name.endswith("/waits")]
        named.append(Scenario("load/relative", self._probe("execve/target"), preload="./libcovenv.so"))
        skip = (("COVENV_SKIP", "target"),)
        named.append(Scenario("skip/fexecve", self._probe("fexecve/target"), skip))
        for name in ("kill/measured", "kill/catches_term", "kill/deaf", "killpg/group", "pidfd_send_signal/measured"):
            named.append(Scenario(name, self._probe(name), condition="no pidfds"))
        named.append(Scenario("kill/term", self._probe("kill/measured_and_catches"), (("COVENV_KILL", "term"),)))
        named.append(Scenario("kill/deaf_to_term", self._probe("kill/deaf"), (("COVENV_KILL", "term"),)))
        for condition in ("no wiped pages", "no saver thread", "no pidfds"):
            named.append(Scenario("python/killed", self._python("killed"), condition=condition))
        for condition in ("no fallocate", "no nameless files"):
            named.append(replace(self._of_journal("killed"), condition=condition))
        # Below sigforward the parent-death signal goes to the saver.
        wrapper = (str(self.sigforward), "--no-guard", "--no-preload", "--")
        named.append(Scenario("python/execv_fails_below_sigforward", (*wrapper, *self._python("becomes_nothing"))))
        plain = {one.name: one for one in named if not one.condition}
        named += [replace(plain[name], session="whole") for name in IN_SESSION]
        named.append(replace(plain["execve/target"], session="damaged"))
        return named

    def _probe(self, name):
        return (str(self.programs / "probe"), name, str(self.folder))

    def _of_probe(self, name):
        function = name.split("/")[0]
        own = {"wait4", "waitid"} if "wait" in function else {"execve", "execveat"}
        if "spawn" in function or function in ("system", "popen", "wordexp"):
            own |= {"clone", "clone3", "vfork"}
        if "kill" in function or "sig" in function or function == "raise":
            own = {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"}
        if name.endswith(ASKED):
            own = set()
        return Scenario(name, self._probe(name), originals=frozenset(own))

    def _python(self, name):
        return (str(self.python), "-S", str(HERE / "python" / "programs.py"), name)

    def _of_python(self, name):
        return Scenario(f"python/{name}", self._python(name))

    def _of_journal(self, name):
        command = (str(MEASURED_PYTHON), str(HERE / "journalled.py"), name)
        # That variable would configure the children, which get the configuration of the measured process.
        own = (("COV_CORE_SOURCE", None),) if name == "parent_of_children" else ()
        return Scenario(f"journal/{name}", command, (("PYTHONPATH", ""), *own))

    def _of_node(self, name):
        command = (str(self.python), "-S", str(HERE / "node_scenarios.py"), name)
        return Scenario(f"node/{name}", command, SAVER_VARIABLES, session="whole", process=SERVER)

    def _of_saver(self, name, process):
        runtime = name.split("/")[0]
        words = [word for word in [SAVER_SCENARIOS[name]] if word]
        command = (str(self.python), "-S", str(HERE / "saver_scenarios.py"), self.savers.program(runtime), *words)
        return Scenario(name, command, SAVER_VARIABLES, session="whole", process=process, runtime=runtime)

    def run(self, scenario, faults=(), *, bare=False):
        """What faults.cc prints of one run, as a dict. `faults` are texts CALL[,CALL...]=ERROR. Raises RuntimeError."""
        environment = {**ENVIRONMENT, "PYTHONPATH": str(HERE / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
        data = None
        if scenario.runtime:
            data, variables = self.savers.new_data(scenario.runtime)
            environment.update(variables)
        environment.update(scenario.environment)
        environment = {name: value for name, value in environment.items() if value is not None}
        command = [self.programs / "faults", "--library", self.library, "--deadline", str(self.deadline)]
        if not bare:
            command += ["--preload", scenario.preload or str(self.library)]
        if scenario.session:
            command += ["--session", scenario.session]
        for fault in [*faults, *(() if bare else CONDITIONS[scenario.condition])]:
            calls, error = fault.split("=")
            for call in calls.split(","):
                command += ["--fail", f"{call}={error}"]
        done = subprocess.run(
            [*command, "--", *scenario.command], env=environment, cwd=self.folder, capture_output=True, timeout=4 * DEADLINE
        )
        if done.returncode != 0:
            raise RuntimeError(f"faults: {done.returncode} {done.stderr.decode()}")
        result = json.loads(done.stdout)
        result["data"] = fate(scenario.runtime, data) if data else ABSENT
        if data:
            shutil.rmtree(data)
        return result

    def record(self, scenario):
        """The Recorded of a scenario. Raises RuntimeError if the scenario differs without any fault."""
        bare = self.run(scenario, bare=True)
        runs = [self.run(scenario), self.run(scenario)]
        for run in runs:
            problems = differences(bare, run)
            if problems:
                raise RuntimeError(f"{scenario}: differs without any fault: {problems}")
        if any((run["events"] != 0) != (scenario.session == "whole") for run in runs):
            raise RuntimeError(f"{scenario}: {[run['events'] for run in runs]} events were recorded")
        if scenario.runtime and not all(run["data"] == KEPT for run in runs):
            raise RuntimeError(f"{scenario}: nothing is kept without any fault")
        made = since_server(runs[0]["calls"], scenario.process) if scenario.has_server else runs[0]["calls"]
        calls = [key(call) for call in shims_calls(made, scenario)]
        again = {key(call) for call in runs[1]["calls"]}
        originals = [
            f"{call['process']}.{call['call']}.{call['of_libc']}.libc"
            for call in bare["calls"]
            if call["call"] in scenario.originals and "of_libc" in call and key(call) != START
        ]
        sites = {(call["call"], call["site"]) for run in runs for call in run["calls"] if "site" in call}
        return Recorded(bare, [call for call in calls if call in again], originals, may(runs[0]), sites,
                        last_numbers(made) if scenario.has_server else {}, scenario.process)

    def test(self, scenario, recorded, fault):
        """The Outcome of one fault. A caller's own call is made to fail in the run without the library as well."""
        is_original = ".libc=" in fault
        bare = self.run(scenario, [fault], bare=True) if is_original else recorded.bare
        run = self.run(scenario, [fault])
        was_reached = run["injected"] > 0
        # The caller's own call is not made if the process has died of the ask, so there is nothing to compare.
        problems = [] if is_original and not was_reached else differences(bare, run)
        # `covenv run` takes a measured process that has saved nothing for one whose coverage is lost.
        is_told = run["measured"] and not run["saved"]
        if scenario.is_node and "may keep 0" in may(run) and not is_told and not denies_session(fault):
            problems.append("a loss that is not told")
        is_degraded = may(run) != recorded.may
        if scenario.runtime:
            problems += untruth(run)
            is_degraded = run["data"] != KEPT
            if is_degraded and not is_told and not denies_session(fault) and not is_blind(scenario, fault):
                problems.append("a loss that is not told")
        return Outcome(scenario, fault, problems, was_reached, is_degraded)


def denies_session(fault):
    """Whether all calls of a kind fail that a process needs for the session, so that it can tell nothing."""
    return "," in fault and fault.split(".")[1] in ("openat", "fstat", "mmap-file")


def is_blind(scenario, fault):
    """Whether the killer of a Ruby or a PHP, of which no variable tells that it measures, is told nothing of it by /proc,
    or that there is no such process."""
    call = fault.split(".")[1]
    return str(scenario).startswith(("ruby/", "php/")) and scenario.process == KILLER and (
        call == "readlinkat" or (call in ("read", "pidfd_open") and "," in fault))


def names_in(path):
    """The names of the scenarios in a file, read from its text because an import would start a measurement here."""
    text = path.read_text()
    table = text[text.index("SCENARIOS = {") :].split("}", 1)[0]
    return [line.split('"')[1] for line in table.splitlines() if line.startswith('    "')]


def since_server(calls, process):
    """The calls of a process since the server's last exec."""
    last = max(number for number, call in enumerate(calls)
               if call["call"] == "execve" and str(call["process"]) == SERVER)
    return [call for call in calls[last + 1 :] if str(call["process"]) == process]


def last_numbers(calls):
    numbers = {}
    for call in calls:
        if call["maker"] == "shim":
            first, _ = numbers.get(call["call"], (call["number"], 0))
            numbers[call["call"]] = first, call["number"]
    return numbers


# How many calls of a kind in a process are made to fail. Calls that wait come the more often the slower the machine is,
# and calls that write come once for each 512 bytes.
AT_MOST = {"sched_yield": 2, "nanosleep": 3, "ppoll": 6, "clock_gettime": 8, "pwrite64": 3}
AT_MOST_IN_SERVER = AT_MOST | {"rt_sigprocmask": 8, "tgkill": 6, "pread64": 12, "getdents64": 6}
# Beyond these a JVM's threads, and the files that a killer looks into, are looked at by the same calls.
AT_MOST_IN_SAVER = AT_MOST_IN_SERVER | {"openat": 12, "close": 4, "read": 10, "pread64": 6, "ioctl": 3, "newfstatat": 3}
# The same for libc's calls: the first ones make the thread, later ones may be a spawn function's own.
AT_MOST_FOR_SHIM = {"rt_sigprocmask": 1, "mmap": 1, "mprotect": 1, "munmap": 1, "madvise": 1, "clone3": 1}


def limits_of(scenario):
    return AT_MOST_IN_SAVER if scenario.runtime else AT_MOST_IN_SERVER if scenario.is_node else AT_MOST


ARMING = 6  # rt_sigaction calls of arm_saver(): it reads and sets its own signal, and the two of the signature


def shims_calls(calls, scenario):
    """The shim's own calls, and in a measured process those of libc that make the thread and catch signals for it.

    libc's calls count only after the first mmap() of the shim in that process, by which the saver is armed, because an
    address of the library on the stack may be an old one.
    """
    chosen, actions, counts = [], {}, {}
    for call in calls:
        process, name, maker = call["process"], call["call"], call["maker"]
        if maker == "shim" and name == "mmap":
            actions[process] = ARMING
        if name in NEVER_FAIL or maker == "program":
            continue
        if maker == "for_shim":
            if name not in FOR_SHIM or process not in actions or not scenario.is_python:
                continue
            if name == "rt_sigaction":
                actions[process] -= 1
                if actions[process] < 0:
                    continue
        kind = (process, name, maker)
        counts[kind] = counts.get(kind, 0) + 1
        limits = AT_MOST_FOR_SHIM if maker == "for_shim" else limits_of(scenario)
        if counts[kind] <= limits.get(name, len(calls)):
            chosen.append(call)
    return chosen


def key(call):
    """The name of one call in faults: PROCESS.SYSCALL.NUMBER.MAKER, as in faults.cc."""
    return f"{call['process']}.{call['call']}.{call['number']}.{call['maker']}"


# Errors that are lies if the exec then succeeds with the same path, file and pointer. The library believes them: it
# takes a program that is not there, or that it may not read, for one that can load it.
LIES = {
    "newfstatat": {"EACCES", "ENOENT", "ELOOP", "ENOTDIR", "ENAMETOOLONG"},
    "openat": {"EACCES"},
    "pread64": {"zero"},
    "rt_sigprocmask": {"EFAULT"},
}


def faults_of(scenario, recorded):
    """The faults of a scenario, each once, as CALL=ERROR.

    Left out are lies that would have a 32-bit program load the library, the lie that a zombie is gone, lies about what
    a server can read of its memory, and ENOEXEC for a program of machine code: sh then reads that as a script, and prints
    its errors in another order each time.
    """
    for fault in dict.fromkeys(all_faults_of(recorded)):
        call, error = fault.split("=")
        name, index = call.split(".")[1:3]
        is_after_ask = name == "pidfd_send_signal" and error == "ESRCH" and index not in ("1", "*")
        is_read_by_sh = error == "ENOEXEC" and call.endswith(".libc") and scenario.name.startswith(("execvp", "execlp"))
        is_about_memory = scenario.has_server and name == "rt_sigprocmask" and error in ("EINVAL", "EFAULT")
        if is_after_ask or is_read_by_sh or is_about_memory:
            continue
        if "target32" not in scenario.name or error not in LIES.get(name, ()):
            yield fault


def all_faults_of(recorded):
    """Each call with each of its errors, each kind of call that fails always, and each call of the caller's own."""
    for call in recorded.calls:
        for error in ERRORS[call.split(".")[1]]:
            yield f"{call}={error}"
    for name in sorted({call.split(".")[1] for call in recorded.calls if call.endswith(".shim")}):
        for error in ERRORS[name]:
            if error not in ("zero", "short"):
                yield f"{every(name, recorded)}={error}"
    for call in recorded.originals:
        for error in ORIGINAL_ERRORS[call.split(".")[1]]:
            # At E2BIG the shim tries again without what it adds, so that try has to fail as well.
            yield f"{always(call) if error == 'E2BIG' else call}={error}"


def every(name, recorded):
    """All calls of this kind by the shim; in a scenario with a server those since its start, and more than were seen."""
    if name not in recorded.numbers:
        return f"*.{name}.*.shim"
    first, last = recorded.numbers[name]
    return ",".join(f"{recorded.process}.{name}.{number}.shim" for number in range(first, last + MORE + 1))


def always(call):
    """The calls of the same kind in processes 1 and 2: the first child, and the child of a second try."""
    _, name, _, maker = call.split(".")
    return f"1.{name}.*.{maker},2.{name}.*.{maker}"


@dataclass
class Tally:
    """The Outcomes of a survey, and how many calls and errors were tried."""

    outcomes: list
    calls: int
    errors: int
    sites: set

    @property
    def failures(self):
        return [outcome for outcome in self.outcomes if outcome.problems]

    def __str__(self):
        reached = [outcome for outcome in self.outcomes if outcome.was_reached]
        degraded = sum(outcome.was_degraded for outcome in reached)
        survived = sum(not outcome.problems for outcome in reached)
        return (
            f"{self.calls} calls x {self.errors} errors = {len(reached)} faults, {survived} survived"
            f" ({degraded} at the price of what covenv adds, {len(self.outcomes) - len(reached)} more were not reached)"
        )


def survey(laboratory, scenarios, *, every=1, workers=2):
    """Records the scenarios, tries each `every`-th of their faults, `workers` at a time, and returns the Tally."""
    with ThreadPoolExecutor(workers) as pool:
        recorded = dict(zip(scenarios, pool.map(laboratory.record, scenarios)))
        chosen = [(scenario, fault) for scenario in scenarios for fault in faults_of(scenario, recorded[scenario])][:: every]
        outcomes = list(pool.map(lambda pair: laboratory.test(pair[0], recorded[pair[0]], pair[1]), chosen))
    errors = {fault.split("=")[1] for _, fault in chosen}
    calls = {(scenario, fault.split("=")[0]) for scenario, fault in chosen}
    sites = set(itertools.chain.from_iterable(one.sites for one in recorded.values()))
    return Tally(outcomes, len(calls), len(errors), sites)


def written(failures):
    lines = [{"problems": one.problems, "scenario": str(one.scenario), "fault": one.fault, "reproduce": one.reproduce()}
             for one in failures]
    return json.dumps(lines, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", default="build/release")
    parser.add_argument("--library")
    parser.add_argument("--scenario")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--call")
    parser.add_argument("--error")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--failures", default="/dev/stdout", help="where to write those that did not survive, as JSON")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(chosen.build_dir, folder, chosen.library)
        scenarios = [one for one in laboratory.scenarios()
                     if chosen.scenario is None or str(one).startswith(chosen.scenario)]
        if chosen.list:
            for scenario in scenarios:
                recorded = laboratory.record(scenario)
                print(scenario, *recorded.calls, *recorded.originals, *recorded.may, sep="\n  ")
            return 0
        if chosen.call:
            [scenario] = [one for one in scenarios if str(one) == chosen.scenario]
            recorded = laboratory.record(scenario)
            outcome = laboratory.test(scenario, recorded, f"{chosen.call}={chosen.error}")
            print(outcome)
            return bool(outcome.problems)
        tally = survey(laboratory, scenarios, every=chosen.every, workers=os.cpu_count())
        if tally.failures:
            Path(chosen.failures).write_text(written(tally.failures) + "\n")
        print(tally)
        return bool(tally.failures)


if __name__ == "__main__":
    sys.exit(main())
