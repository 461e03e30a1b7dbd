# SPDX-License-Identifier: MIT
"""JVMs with JaCoCo, killed: the probes are those of a normal end at the same point, and so is no status."""

import os
import random
import resource
import statistics
import subprocess
import time

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
    code = "import subprocess, sys, time\nserver = subprocess.Popen(sys.argv[2:])\ntime.sleep(float(sys.argv[1]))\nserver.kill()\nprint(server.wait())"
    moment = (number + random.random()) * 0.02
    done = subprocess.run(
        ["python3", "-c", code, str(moment), programs(FIRST)],
        env=variables | MACHINES[FIRST].variables(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "-9"
    assert not list(tmp_path.glob("hs_err*")), "the VM has crashed"


def test_jacoco_takes_the_file(place, classes, libcovenv):
    killed = place("killed", FIRST, libcovenv)
    killed.run("Popen(env={})", "kill()")
    ended = place("ended", FIRST, None)
    ended.run("Popen()", "exit")
    assert jacoco.probes(killed.folder / "jacoco.exec")[0].keys() == jacoco.probes(ended.folder / "jacoco.exec")[0].keys()
    assert merged_report(killed.folder, classes) == merged_report(ended.folder, classes) > 0


def test_java_kills(tmp_path, programs, classes, expected, libcovenv):
    """ProcessBuilder, destroyForcibly(), and destroy(), which ends in order."""
    for how, status in (("destroyForcibly", "137"), ("destroy", "143")):
        folder = tmp_path / how
        folder.mkdir()
        variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)} | MACHINES[FIRST].variables(folder)
        command = [java(), "-cp", classes, "Runner", how, programs(FIRST), "7", "1", "27"]
        done = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, check=True, timeout=DEADLINE)
        assert done.stdout == f"{status}\n"
        assert MACHINES[FIRST].counts(folder, None) == expected
        assert (folder / "hook-ran").exists() == (how == "destroy")


@pytest.mark.parametrize("how", ["FORK", "VFORK", "POSIX_SPAWN"])
def test_children_of_a_jvm_are_none(how, tmp_path, classes, expected, libcovenv):
    """A measured JVM starts a program in each of Java's ways, and is killed then: the data are its own alone."""
    variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)} | MACHINES[FIRST].variables(tmp_path)
    code = "import subprocess, sys\nserver = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\nprint(server.stdout.readline(), end='')\nserver.kill()\nprint(server.wait())"
    done = subprocess.run(
        ["python3", "-c", code, java(), f"-Djdk.lang.Process.launchMechanism={how}", "-cp", classes, "Starter"],
        env=variables, capture_output=True, text=True, check=True, timeout=DEADLINE,
    )
    assert done.stdout == "started 7\n-9\n"
    found, sessions = jacoco.probes(tmp_path / "jacoco.exec")
    assert sessions == 1 and dict(enumerate(found["Work"])) == expected


def test_handlers_are_those_of_the_program(tmp_path, classes, libcovenv):
    """A program that takes SIGURG sees the handler before, and its own handler runs."""
    def told(**variables):
        command = [java(), "-cp", classes, "Handlers"]
        environment = {"PATH": os.environ["PATH"]} | MACHINES[FIRST].variables(tmp_path) | variables
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=DEADLINE).stdout

    assert told(LD_PRELOAD=str(libcovenv)) == told() != ""


def test_what_is_not_measured_shows_no_saver(tmp_path, programs, libcovenv):
    for option, is_armed in (("-Xmx99m", False), (MACHINES[FIRST].variables(tmp_path)["JAVA_TOOL_OPTIONS"] + ",dumponexit=false", False),
                             (MACHINES[FIRST].variables(tmp_path)["JAVA_TOOL_OPTIONS"], True)):
        variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv), "JAVA_TOOL_OPTIONS": option}
        with subprocess_of(programs(FIRST), variables, cwd=tmp_path) as server:
            caught = next(line for line in open(f"/proc/{server.pid}/status") if line.startswith("SigCgt"))
            server.kill()
        assert bool(int(caught.split()[1], 16) >> 22 & 1) == is_armed


def processor_time(program, variables, folder):
    """Of a JVM's start to its end, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program], env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_cost_of_a_start(tmp_path, programs, libcovenv):
    """Beside a start that is measured, and not armed, because the agent's name does not tell."""
    hidden = tmp_path / "agent.jar"
    hidden.write_bytes(jacoco.jar("agent").read_bytes())
    common = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)}
    armed = common | MACHINES[FIRST].variables(tmp_path)
    unarmed = common | {"JAVA_TOOL_OPTIONS": f"-javaagent:{hidden}=destfile={tmp_path}/other.exec"}
    times = [(processor_time(programs(FIRST), armed, tmp_path), processor_time(programs(FIRST), unarmed, tmp_path)) for _ in range(40)]
    assert statistics.median(first / second for first, second in times) <= 1.03


def test_the_table_shows_what_is_kept():
    assert readme.shown("jvm") == section(), "python3 tests/coverage/jvm/table.py rewrites it"
