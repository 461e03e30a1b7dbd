# SPDX-License-Identifier: MIT
"""What `covenv run` says of compiled programs: saved from outside, or lost for the true reason."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from place import AMOUNTS, DEADLINE, RUNNER
from runtimes import RUNTIMES


class Told:
    """The report's process of the server, and the summary on stderr."""

    def __init__(self, report, summary, program):
        self.summary = summary
        servers = [process for process in report["processes"] if (process["program"] or "").endswith(str(program))]
        assert len(servers) == 1, report["processes"]
        self.server = servers[0]

    @property
    def reason(self):
        return self.server["loss"] and self.server["loss"]["reason"]


@pytest.fixture
def told(tmp_path, programs, covenv):
    """told(runtime, end, **variables): what a run says in which the server of that runtime is started and ended.

    `amounts` are what the server is told before its end; `outer` is a command that runs `covenv run`.
    """

    def run(runtime, end, runner=(sys.executable, RUNNER), program=None, amounts=AMOUNTS, outer=(), **variables):
        its, server = RUNTIMES[runtime], program or programs(runtime)
        data = tmp_path / "data"
        data.mkdir()
        report = tmp_path / "report.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        done = subprocess.run(
            [*outer, covenv, "run", "--report", report, "--", *runner, "Popen(env={})", end, server, *amounts],
            cwd=data,
            env={**kept, **its.variables(data), **variables},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        answer = Told(json.loads(report.read_text()), done.stderr, server)
        answer.counts = lambda: its.counts(data, server)
        return answer

    return run


@pytest.mark.parametrize("end", ["kill()", "terminate()", "killpg()"])
@pytest.mark.parametrize("runtime", ["gcc", "gcc, static", "clang", "Go, static"])
def test_what_is_saved_from_outside_is_told(runtime, end, told, expected):
    answer = told(runtime, end)
    assert answer.counts() == expected(runtime)
    assert answer.reason is None
    assert answer.server["measured"]
    assert [(save["why"], save["ok"]) for save in answer.server["saves"]] == [("counters", True)]
    assert "1 measured" in answer.summary and "1 saved" in answer.summary and "LOST" not in answer.summary


def test_what_has_no_counters_is_neither_saved_nor_lost(told, tmp_path):
    program = tmp_path / "plain"
    source = Path(__file__).resolve().parent / "programs"
    subprocess.run(["g++", "-o", program, source / "server.cc", source / "work.cc"], check=True)
    answer = told("gcc", "kill()", program=program)
    assert answer.reason is None and not answer.server["measured"] and answer.server["saves"] == []


def test_a_file_that_cannot_be_written(told):
    answer = told("clang", "kill()", LLVM_PROFILE_FILE="/dev/null/%p.profraw")
    assert answer.reason == "counters-unwritten"
    assert "LOST 1 x counters unwritten" in answer.summary


def test_no_file_is_wanted(told):
    answer = told("clang", "kill()", LLVM_PROFILE_FILE="/dev/null")
    assert answer.reason is None and answer.server["saves"] == []


def test_a_layout_that_is_not_known(told, tmp_path):
    program = tmp_path / "values"
    source = Path(__file__).resolve().parent / "programs"
    # What calls and loops are like, which gcov's coverage has not.
    subprocess.run(["g++-12", "-fprofile-generate", "-o", program, source / "server.cc", source / "work.cc"], check=True, cwd=tmp_path)
    answer = told("gcc", "kill()", program=program)
    assert answer.reason == "counters-unknown"
    assert not list(tmp_path.rglob("*.gcda"))


def test_code_that_lists_units_and_cannot_be_followed(told, tmp_path):
    """An optimiser has made code of clang's tables, and this code has an instruction that no compiler puts there."""
    source = Path(__file__).resolve().parent / "programs"
    command = ["clang++-14", "--coverage", "-O2"]
    subprocess.run([*command, "-S", source / "work.cc", source / "server.cc"], check=True, cwd=tmp_path)
    code = (tmp_path / "work.s").read_text()
    assert code.count("\n__llvm_gcov_writeout:") == 1
    label = next(line for line in code.splitlines() if line.startswith("__llvm_gcov_writeout:"))
    (tmp_path / "work.s").write_text(code.replace(label, f"{label}\n\tfnop"))
    subprocess.run([*command, "-o", "server", "work.s", "server.s"], check=True, cwd=tmp_path)
    answer = told("clang, gcov", "kill()", program=tmp_path / "server")
    assert answer.reason == "counters-unknown"
    assert "LOST 1 x counters unknown" in answer.summary
    assert not list(tmp_path.rglob("*work.gcda")) and list(tmp_path.rglob("*server.gcda")), "the other unit is kept"


def test_a_stripped_go_program_does_not_show_whether_it_dies(told):
    answer = told("Go, stripped", "terminate()")
    assert answer.reason == "counters-unclear"
    assert answer.server["loss"]["fix"].startswith("end it by SIGKILL")


# As the filter of Docker's, which denies the call alone, to processes in which it is installed.
DENY = """
import ctypes, resource, struct, sys
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
DENIED, ALLOWED, EPERM = 0x00050000, 0x7fff0000, 1
NUMBER = {"x86_64": 310, "aarch64": 270}[__import__("platform").machine()]
program = b"".join(struct.pack("HBBI", *line) for line in [
    (LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, NUMBER), (RETURN, 0, 0, DENIED | EPERM), (RETURN, 0, 0, ALLOWED)])
text = ctypes.create_string_buffer(program, len(program))
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(text)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filter, 0, 0) == 0
import os, runner, signal
end = runner.ENDS["kill()"]
def kill(server):
    covenv = os.getppid()
    if STOPS_COVENV:
        os.kill(covenv, signal.SIGSTOP)
        while open(f"/proc/{covenv}/stat").read().rsplit(")", 1)[1].split()[0] != "T": pass
    if DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1 + DESCRIPTORS, 4096))
    end(server)
    os.kill(covenv, signal.SIGCONT)
runner.ENDS["kill()"] = kill
runner.main(*sys.argv[1:])
"""


def denying(folder, descriptors, stops_covenv=False):
    """A runner that may not call process_vm_readv(), and has so many descriptors left for a kill (0: enough).

    stops_covenv: `covenv run` is stopped during the kill.
    """
    script = folder / "denying.py"
    head = f"import sys\nsys.path.insert(0, {str(RUNNER.parent)!r})\n"
    script.write_text(f"{head}DESCRIPTORS = {descriptors}\nSTOPS_COVENV = {stops_covenv}\n{DENY}")
    return sys.executable, script


def test_memory_is_read_by_a_file_if_the_call_is_denied(told, tmp_path, expected):
    answer = told("gcc", "kill()", runner=denying(tmp_path, 0))
    assert answer.reason is None
    assert answer.counts() == expected("gcc")


# The lock of the killed process, its map, its program: no descriptor is left for its memory, which Yama would deny.
BUT_MEMORY = 3


@pytest.mark.parametrize("runtime", ["gcc", "gcc, static", "clang", "Go, static"])
def test_memory_that_a_killer_cannot_read_is_read_by_covenv_run(runtime, told, tmp_path, expected):
    answer = told(runtime, "kill()", runner=denying(tmp_path, BUT_MEMORY))
    assert answer.reason is None
    assert answer.counts() == expected(runtime)
    assert [(save["why"], save["ok"]) for save in answer.server["saves"]] == [("counters", True)]


def test_memory_that_a_killer_cannot_read_while_covenv_run_is_stopped(told, tmp_path):
    """The kill goes on after the grace."""
    answer = told("gcc", "kill()", runner=denying(tmp_path, BUT_MEMORY, stops_covenv=True), COVENV_GRACE="200ms")
    assert answer.reason == "counters-denied"
    assert "LOST 1 x counters denied" in answer.summary


# root that reads other processes as an ordinary user does
ORDINARY = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")


@pytest.mark.parametrize("runtime", ["gcc", "gcc, static", "clang"])
def test_a_process_that_has_made_itself_undumpable(runtime, told):
    answer = told(runtime, "kill()", outer=ORDINARY, amounts=("7", "undumpable"))
    assert not any(answer.counts().values())
    assert answer.reason == "counters-denied"
    assert "PR_SET_DUMPABLE" in answer.server["loss"]["fix"]


@pytest.mark.parametrize("killer", [(), ORDINARY], ids=["root", "ordinary, below a covenv run of root's"])
def test_an_undumpable_process_is_read_by_root(killer, told):
    answer = told("gcc", "kill()", runner=(*killer, sys.executable, RUNNER), amounts=("7", "undumpable"))
    assert answer.reason is None
    assert any(answer.counts().values())


def test_an_undumpable_process_without_counters_has_lost_nothing(told, tmp_path):
    program = tmp_path / "plain"
    source = Path(__file__).resolve().parent / "programs"
    subprocess.run(["g++", "-o", program, source / "server.cc", source / "work.cc"], check=True)
    answer = told("gcc", "kill()", outer=ORDINARY, program=program, amounts=("undumpable",))
    assert answer.reason is None and answer.server["saves"] == []
