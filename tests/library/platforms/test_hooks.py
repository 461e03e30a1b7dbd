# SPDX-License-Identifier: MIT
"""Each hook once, with musl and on aarch64: the same as without the library, and the same as on glibc."""

import re
import subprocess

import pytest

# A glibc before 2.34, which scripts/test --full fetches: its dlsym() and dladdr() are in libdl, which few programs use.
OLD_GLIBC = pytest.param("glibc-2.31", id="old_glibc")
CARRIED = ("COV_CORE_SOURCE=", "LD_PRELOAD=")
EXECUTES = (
    "execve", "execv", "execvp", "execvpe", "execl", "execlp", "execle", "execveat", "fexecve", "__execvpe",
    "posix_spawn", "posix_spawnp", "system", "popen", "wordexp", "setenv", "putenv", "syscall",
)
# qemu 7.2 has no execveat.
ABSENT_IN_QEMU = {"execveat"}


class Platform:
    """How the probe is run (`through` qemu or not), and the `target` that it executes.

    Below qemu the target is a program of this machine, because the kernel cannot execute one of another.
    """

    def __init__(self, program, library, target, through=()):
        self.library = library
        self.command = [*through, program, target]
        self.through = list(through)

    def run(self, preload):
        environment = {"PATH": "/usr/bin:/bin", "COV_CORE_SOURCE": "x"}
        command = list(self.command)
        if preload and self.through:  # LD_PRELOAD is for the probe; the emulator is a program of this machine
            command[len(self.through):len(self.through)] = ["-E", f"LD_PRELOAD={self.library}"]
        elif preload:
            environment["LD_PRELOAD"] = str(self.library)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, "")
        return parsed(done.stdout)


def parsed(output):
    """The probe's output as a dict: hook -> (status of its process, lines).

    The lines are sorted, because two processes write them. Variables that a shell adds are left out.
    """
    parts = re.split(r"^== (\w+) (\d+)\n", output, flags=re.M)
    assert parts[0] == ""
    return {
        name: (int(status), sorted(line for line in text.splitlines() if not re.match("PWD=|SHLVL=|_=", line)))
        for name, status, text in zip(parts[1::3], parts[2::3], parts[3::3])
    }


def without_carried(result):
    status, lines = result
    return status, [line for line in lines if not line.startswith(CARRIED)]


@pytest.fixture(scope="module")
def platforms(probe, libcovenv, libcovenv_aarch64):
    def made(name):
        if name != "aarch64":
            return Platform(probe(name), libcovenv, probe(name))
        emulator = ("qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu")
        return Platform(probe(name), libcovenv_aarch64, "/usr/bin/env", emulator)

    return made


@pytest.fixture(scope="module")
def results(platforms):
    """A function: (name of a platform, whether the library is preloaded) -> parsed(). Each pair is run once."""
    made = {}

    def of(name, preload):
        if (name, preload) not in made:
            made[name, preload] = platforms(name).run(preload)
        return made[name, preload]

    return of


@pytest.mark.parametrize("name", ["glibc", "musl", "aarch64", OLD_GLIBC])
def test_differs_only_in_what_is_carried(results, name):
    bare, shim = results(name, False), results(name, True)
    assert {hook: without_carried(result) for hook, result in shim.items()} == bare


@pytest.mark.parametrize("name", ["glibc", "musl", OLD_GLIBC])
def test_carries_into_what_is_executed(results, libcovenv, name):
    shim = results(name, True)
    lacking = [hook for hook in EXECUTES if not {"COV_CORE_SOURCE=x", f"LD_PRELOAD={libcovenv}"} <= set(shim[hook][1])]
    assert lacking == []


def test_on_aarch64_it_keeps_itself_out_of_another_machines_programs(results):
    shim = results("aarch64", True)
    executing = [hook for hook in EXECUTES if hook not in ABSENT_IN_QEMU]
    assert [hook for hook in executing if "COV_CORE_SOURCE=x" not in shim[hook][1]] == []
    assert [hook for hook in executing if any(line.startswith("LD_PRELOAD") for line in shim[hook][1])] == []


@pytest.mark.parametrize("name", ["musl", "aarch64", OLD_GLIBC])
def test_functions_do_what_they_do_with_glibc(results, name):
    """Without the library the results are glibc's. A platform on which nothing works would pass the other tests."""
    glibc, other = results("glibc", False), results(name, False)
    absent = ABSENT_IN_QEMU if name == "aarch64" else set()
    assert {hook: other[hook] for hook in other if hook not in absent} == {
        hook: glibc[hook] for hook in glibc if hook not in absent
    }


def test_through_a_static_musl_program_it_passes_on(probe, libcovenv):
    """glibc -> static musl -> dynamic musl -> glibc: no loader complains, and the last program has everything."""
    chain = [probe("musl-static"), "--exec", probe("musl"), "--exec", "/usr/bin/env"]
    environment = {"PATH": "/usr/bin:/bin", "COV_CORE_SOURCE": "x", "LD_PRELOAD": str(libcovenv)}
    done = subprocess.run(
        ["/usr/bin/env", "-i", *chain], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == ["COV_CORE_SOURCE=x", f"LD_PRELOAD={libcovenv}"]
