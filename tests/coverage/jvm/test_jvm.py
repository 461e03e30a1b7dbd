# SPDX-License-Identifier: MIT
"""JVMs with JaCoCo, killed: the probes are those of a normal end at the same point, the status is that of the kill."""

import os
import random
import re
import resource
import signal
import statistics
import subprocess
import sys
from pathlib import Path

import jacoco
import pytest
import readme
from machines import MACHINES, java, merged_report, subprocess_of
from place import DEADLINE
from runner import STARTS
from table import KILLS, OWN, cell, section

FIRST = next(iter(MACHINES))


def cells(kept_by, ends):
    return [(machine, end) for machine in MACHINES for end in ends if cell(machine, end) == kept_by]


def printed(command, variables, folder):
    """What a command prints, which has no input, and ends in order."""
    done = subprocess.run(
        command,
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    return done.stdout


def left_behind(place):
    return [name for name in ("hook-ran", "finally-ran") if (place.folder / name).exists()]


def test_bare_nothing_is_kept(place):
    bare = place("bare", FIRST, None)
    assert os.waitstatus_to_exitcode(bare.run("Popen()", "kill()")) == -9
    assert bare.counts() == {}


@pytest.mark.parametrize("machine, end", cells("kept", [*KILLS, *OWN]))
def test_kept(machine, end, place, expected, libcovenv):
    status = place("bare", machine, None).run("Popen()", end)
    preloaded = place("preloaded", machine, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == expected
    assert left_behind(preloaded) == [], "no code of the program ran"


@pytest.mark.parametrize("machine, end", cells("JaCoCo", [*KILLS, *OWN]))
def test_written_by_jacoco_once(machine, end, place, expected, libcovenv):
    bare = place("bare", machine, None)
    status = bare.run("Popen()", end)
    preloaded = place("preloaded", machine, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == bare.counts() == expected
    assert left_behind(preloaded) == left_behind(bare)
    assert jacoco.probes(preloaded.folder / "jacoco.exec")[1] == 1


def test_system_exit_is_written_once(place, expected, libcovenv):
    preloaded = place("preloaded", FIRST, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "exit")) == 3
    assert preloaded.counts() == expected
    assert jacoco.probes(preloaded.folder / "jacoco.exec")[1] == 1
    assert left_behind(preloaded) == ["hook-ran"]


@pytest.mark.parametrize("start", STARTS)
def test_started(start, place, expected, libcovenv):
    preloaded = place("preloaded", FIRST, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run(start, "kill()")) == -9
    assert preloaded.counts() == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_killed_in_trouble(machine, place, expected, libcovenv):
    """Threads that compute, allocate, overflow their stacks, accept, and wait for each other's locks."""
    preloaded = place("preloaded", machine, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", ["7", "0", "1", "27"])) == -9
    assert preloaded.counts() == expected
    assert left_behind(preloaded) == []


@pytest.mark.parametrize("words", [[], ["busy"], ["0", "busy"]], ids=["idle", "busy", "loaded"])
def test_killed_at_any_moment(words, place, libcovenv, request):
    for number in range(50 if request.config.getoption("--full") else 5):
        preloaded = place(f"round-{number}", FIRST, libcovenv)
        amounts = [str(random.randrange(1, 1000)), *words]
        assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", amounts)) == -9
        assert any(preloaded.counts().values())


@pytest.mark.parametrize("number", range(15))
def test_killed_while_it_starts(number, tmp_path, programs, libcovenv):
    """A save that hangs would last as long as the grace, which is longer than the test's deadline."""
    variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv), "COVENV_GRACE": f"{2 * DEADLINE}s"}
    code = """
import subprocess, sys, time
server = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
time.sleep(float(sys.argv[1]))
server.kill()
print(server.wait())
"""
    moment = str((number + random.random()) * 0.02)
    variables |= MACHINES[FIRST].variables(tmp_path)
    assert printed([sys.executable, "-c", code, moment, programs(FIRST)], variables, tmp_path) == "-9\n"
    assert not list(tmp_path.glob("hs_err*")), "the VM has crashed"


def test_jacoco_takes_the_file(place, classes, libcovenv):
    killed = place("killed", FIRST, libcovenv)
    killed.run("Popen(env={})", "kill()")
    ended = place("ended", FIRST, None)
    ended.run("Popen()", "exit")
    found, wanted = (jacoco.probes(its.folder / "jacoco.exec")[0] for its in (killed, ended))
    assert found.keys() == wanted.keys(), "no class is loaded for the save"
    assert merged_report(killed.folder, classes) == merged_report(ended.folder, classes) > 0


def test_java_kills(tmp_path, programs, classes, expected, libcovenv):
    """ProcessBuilder and destroyForcibly(). destroy() is SIGTERM, and races with the end of the server's input."""
    variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)} | MACHINES[FIRST].variables(tmp_path)
    assert printed([java(), "-cp", classes, "Runner", programs(FIRST), "7", "1", "27"], variables, tmp_path) == "137\n"
    assert MACHINES[FIRST].counts(tmp_path, None) == expected
    assert not (tmp_path / "finally-ran").exists() and not (tmp_path / "hook-ran").exists()


@pytest.mark.parametrize("how", ["FORK", "VFORK", "POSIX_SPAWN"])
def test_children_of_a_jvm_are_none(how, tmp_path, classes, expected, libcovenv):
    """A measured JVM starts a program in each of Java's ways, and is killed then: the data are its own alone."""
    variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)} | MACHINES[FIRST].variables(tmp_path)
    code = """
import subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
print(server.stdout.readline(), end="")
server.kill()
print(server.wait())
"""
    way = f"-Djdk.lang.Process.launchMechanism={how}"
    told = printed([sys.executable, "-c", code, java(), way, "-cp", classes, "Starter"], variables, tmp_path)
    assert told == "started 7\n-9\n"
    found, sessions = jacoco.probes(tmp_path / "jacoco.exec")
    assert sessions == 1 and dict(enumerate(found["Work"])) == expected


def test_handlers_are_those_of_the_program(tmp_path, classes, libcovenv):
    """A program that takes SIGURG sees the handler before, and its own handler runs."""
    def told(**variables):
        environment = {"PATH": os.environ["PATH"]} | MACHINES[FIRST].variables(tmp_path) | variables
        return printed([java(), "-cp", classes, "Handlers"], environment, tmp_path)

    assert told(LD_PRELOAD=str(libcovenv)) == told() != ""


@pytest.mark.parametrize(
    "options, is_armed",
    [("", False), ("-javaagent:{agent}=dumponexit=false", False), ("-javaagent:{agent}", True)],
    ids=["no agent", "dumponexit=false", "an agent"],
)
def test_only_what_measures_has_a_saver(options, is_armed, tmp_path, programs, libcovenv):
    tool_options = options.format(agent=jacoco.jar("agent"))
    variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv), "JAVA_TOOL_OPTIONS": tool_options}
    with subprocess_of(programs(FIRST), variables, cwd=tmp_path) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
        server.kill()
    caught = int(re.search(r"^SigCgt:\s+(\w+)$", status, re.M).group(1), 16)
    assert bool(caught >> signal.SIGURG - 1 & 1) == is_armed


def processor_time(program, variables, folder):
    """Of a JVM's start to its end, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed([program], variables, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_cost_of_a_start(tmp_path, programs, libcovenv):
    """Beside a start that is measured, and not armed, because the agent's name does not tell."""
    hidden = tmp_path / "agent.jar"
    hidden.write_bytes(jacoco.jar("agent").read_bytes())
    common = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)}
    armed = common | MACHINES[FIRST].variables(tmp_path)
    unarmed = common | {"JAVA_TOOL_OPTIONS": f"-javaagent:{hidden}=destfile={tmp_path}/other.exec"}
    kinds = (armed, unarmed)
    times = [[processor_time(programs(FIRST), kind, tmp_path) for kind in kinds] for _ in range(40)]
    assert statistics.median(first / second for first, second in times) <= 1.03


def test_the_table_shows_what_is_kept():
    assert readme.shown("jvm") == section(), "python3 tests/coverage/jvm/table.py rewrites it"


def test_halt_waits_for_no_lock_longer_than_the_grace(tmp_path, programs, libcovenv):
    """Another process holds JaCoCo's file locked until the JVM has ended."""
    holder = """
import fcntl, json, os, subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
assert server.stdout.readline() == b"ready\\n"
data = open("jacoco.exec", "a+b")
fcntl.lockf(data, fcntl.LOCK_EX)
server.stdin.write(b"_exit\\n")
server.stdin.flush()
print(server.wait())
"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    agent = f"-javaagent:{jacoco.jar('agent')}=destfile={tmp_path}/jacoco.exec"
    done = subprocess.run(
        [sys.executable, "-c", holder, programs("JAVA_TOOL_OPTIONS")],
        cwd=tmp_path,
        env={**kept, "JAVA_TOOL_OPTIONS": agent, "LD_PRELOAD": str(libcovenv)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    assert done.stdout == "3\n"
