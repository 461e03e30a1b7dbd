# SPDX-License-Identifier: MIT
"""After runs, also killed ones, and after `pip uninstall` nothing of covenv's is left on the machine."""

import os
import signal
import subprocess
import sysconfig
from pathlib import Path

import psutil
import pytest
from built_wheel import make_wheel
from conftest import run, variables
from shop import copy_shop
from user_project import python_of
from wrapped import both_guards_of, eventually

WAITS = """
import os, subprocess, sys

def test_it():
    server = subprocess.Popen([sys.executable, "waits.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
    server.stdout.readline()
    with open("ready", "w") as file:
        file.write("x")
    server.stdout.read()
"""


class Machine:
    """A user's machine: the folders in which something could stay."""

    def __init__(self, folder, name, covenv, sigforward, libcovenv):
        self.home = folder / "home"
        self.temp = folder / "tmp"
        self.project = folder / "project"
        self.venv = folder / name
        for place in (self.home, self.temp, self.project):
            place.mkdir()
        self.python = self.venv / "bin" / "python"
        run("python3", "-m", "venv", self.venv)
        packages = sysconfig.get_path("purelib", vars={"base": str(python_of("programs").parents[1])})
        [site] = self.venv.glob("lib/python*/site-packages")
        (site / "programs.pth").write_text(f"{packages}\n")
        self.before = self.files()
        self.pip("install", "--no-deps", make_wheel(folder, covenv, sigforward, libcovenv))
        copy_shop(self.project)

    def files(self):
        places = (self.home, self.temp, self.venv, Path("/dev/shm"))
        found = {path for place in places for path in place.rglob("*") if "__pycache__" not in path.parts}
        return found | set(Path("/tmp").glob(".covenv*"))

    def pip(self, *words):
        done = self.run(self.python, "-m", "pip", *words)
        assert done.returncode == 0, done.stderr

    def variables(self):
        # Without rustc, which pip asks for its version, and which makes folders.
        return variables(
            PATH=f"{self.venv / 'bin'}:{os.defpath}",
            HOME=str(self.home),
            TMPDIR=str(self.temp),
            XDG_RUNTIME_DIR=str(self.temp),
            PIP_NO_INDEX="1",
            PIP_NO_CACHE_DIR="1",
            PIP_ROOT_USER_ACTION="ignore",
            PIP_DISABLE_PIP_VERSION_CHECK="1",
        )

    def run(self, *command):
        return run(*command, env=self.variables(), cwd=self.project)

    def pytest(self, *words):
        return [self.python, "-m", "pytest", "--covenv", "-p", "no:cacheprovider", "--cov=.", *words]

    def start_waiting(self):
        """A run whose server waits: the process of `covenv run`."""
        (self.project / "test_waits.py").write_text(WAITS)
        (self.project / "waits.py").write_text("print('ready', flush=True)\ninput()\n")
        (self.project / "ready").unlink(missing_ok=True)
        process = subprocess.Popen(
            self.pytest("test_waits.py"),
            env=self.variables(),
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually((self.project / "ready").exists)
        (self.project / "test_waits.py").unlink()
        assert "covenv" in psutil.Process(process.pid).cmdline()[0]
        return process


@pytest.fixture(params=["venv", "my venv"])
def machine(request, tmp_path, covenv, sigforward, libcovenv, own_memory):
    return Machine(tmp_path, request.param, covenv, sigforward, libcovenv)


def all_of(process):
    """The processes of the run, its guards, and the server."""
    [command] = process.children()
    guards = [psutil.Process(pid) for pid in both_guards_of(command.pid)]
    return [process, *guards, *process.children(recursive=True)]


def test_after_runs_and_pip_uninstall_nothing_is_left(machine):
    done = machine.run(*machine.pytest())
    assert done.returncode == 0 and "nothing lost" in done.stdout, done.stdout + done.stderr

    killed = machine.start_waiting()
    below = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    assert killed.wait(30) == -signal.SIGKILL
    eventually(lambda: not any(process.is_running() for process in below))

    all_killed = machine.start_waiting()
    processes = all_of(psutil.Process(all_killed.pid))
    for process in processes:
        process.suspend()
    for process in processes:
        process.kill()
    assert all_killed.wait(30) == -signal.SIGKILL
    # So that the next run has something to remove.
    left = {path.name for path in machine.files() - machine.before if path.parent == Path("/dev/shm")}
    for kind in "covenv-", ".covenv-j-", ".covenv-c-":
        assert any(name.startswith(kind) for name in left), (kind, left)

    done = machine.run(*machine.pytest())
    assert done.returncode == 0 and "nothing lost" in done.stdout, done.stdout + done.stderr
    machine.pip("uninstall", "--yes", "covenv")
    assert machine.files() == machine.before
    assert not [name for name in os.listdir(machine.project) if ".covenv" in name]
