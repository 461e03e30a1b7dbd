# SPDX-License-Identifier: MIT
"""Runners in other languages, without the library, that SIGKILL `sigforward -- python server.py`: coverage is kept.

The server's stderr is the runner's, a pipe. Its end of file says that both have ended.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dotnet import dotnet_command
from user_project import combined, python_of

HERE = Path(__file__).resolve().parent
RUNNERS = HERE / "runners"
PYTHON = python_of("pytest-cov-7")
# What makes the server save at a SIGTERM (coverage's own handler, or the library that sigforward preloads) -> a line of
# coverage's configuration, and options of sigforward.
SAVED_BY = {"coverage": ("sigterm = true", ["--no-preload"]), "sigforward": ("", [])}


class Workshop:
    """Builds runners in `folder`, each once in a session. The methods return the start of a runner's command line."""

    def __init__(self, folder, cache):
        self.folder = folder
        self._cache = cache
        self._built = set()

    def build(self, name, *command, **environment):
        if name not in self._built:
            assert shutil.which(command[0]), f"{command[0]} is missing: scripts/test installs it"
            done = subprocess.run(
                [*map(str, command)], env={**os.environ, **environment}, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            self._built.add(name)
        return self.folder / name

    def c(self):
        return [self.build("c", "gcc", "-O1", "-o", self.folder / "c", RUNNERS / "runner.c")]

    def go(self):
        environment = {"GOCACHE": str(self._cache / "go"), "GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
        return [self.build("go", "go", "build", "-o", self.folder / "go", RUNNERS / "runner.go", **environment)]

    def rust(self):
        return [self.build("rust", "rustc", "-o", self.folder / "rust", RUNNERS / "runner.rs")]

    def java(self):
        self.build("java", "javac", "-d", self.folder / "java", RUNNERS / "Runner.java")
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", self.folder / "java", "Runner"]

    def dotnet(self):
        return dotnet_command(self.folder, RUNNERS / "Runner.cs")

    def python(self):
        return [sys.executable, RUNNERS / "runner.py"]


def node(mode):
    def start(_, command):
        assert shutil.which("node"), "node is missing: scripts/test installs it"
        variables = {"MODE": mode, "COMMAND": json.dumps([*map(str, command)])}
        return ["node", "--test", "--test-reporter=tap", RUNNERS / "runner.test.mjs"], variables, "# pass 1\n"

    return start


def built(name, *arguments):
    def start(workshop, command):
        return [*getattr(workshop, name)(), *arguments, *command], {}, "killed\n"

    return start


DEFAULT = {
    "C, kill": built("c"),
    "Python, Popen.kill": built("python"),
    "Node, child.kill": node("kill"),
    "Node, process.kill": node("process_kill"),
    "Node, AbortController": node("abort"),
    "Node, timeout": node("timeout"),
    "Go, Process.Kill": built("go", "kill"),
    "Go, CommandContext": built("go", "context"),
}
FULL = {
    "Java, destroyForcibly": built("java"),
    "Rust, Child::kill": built("rust"),
    ".NET, Process.Kill": built("dotnet"),
}


def pytest_generate_tests(metafunc):
    runners = FULL if metafunc.config.getoption("--full") else DEFAULT
    # Go calls the kernel by itself.
    by_libc = {name: start for name, start in runners.items() if not name.startswith("Go")}
    for fixture, starts in (("start", runners), ("start_by_libc", by_libc)):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, starts.values(), ids=starts)


@pytest.fixture(scope="session")
def workshop(request, tmp_path_factory):
    cache = Path(request.config.getoption("--build-dir")).resolve() / "tests" / "runners"
    return Workshop(tmp_path_factory.mktemp("runners"), cache)


def run(folder, start, workshop, command, setting, wrapper=()):
    """Has a runner start and kill `command`, waits until all processes have ended, and returns the Report.

    start(workshop, command) returns the runner's command line, variables to add, and a text that its stdout must hold.
    `setting` is a line of coverage's configuration. `wrapper` stands before the runner.
    """
    shutil.copy(HERE / "server.py", folder)
    settings = folder / "measure.rc"
    settings.write_text(f"[run]\nparallel = true\nsource = {folder}\ndata_file = {folder}/.coverage\n{setting}\n")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    runner, own, says = start(workshop, command)
    done = subprocess.run(
        [*map(str, [*wrapper, *runner])],
        cwd=folder,
        env={**variables, **own, "COVERAGE_PROCESS_START": str(settings)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0 and says in done.stdout, done.stdout + done.stderr
    return combined(folder, PYTHON)


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_coverage_is_kept(tmp_path, workshop, sigforward, start, saved_by):
    setting, options = SAVED_BY[saved_by]
    command = [sigforward, "--grace", "60s", *options, "--", PYTHON, "server.py"]
    assert run(tmp_path, start, workshop, command, setting).kept("server.py")


def test_without_sigforward_coverage_is_lost(tmp_path, workshop):
    report = run(tmp_path, built("python"), workshop, [PYTHON, "server.py"], "sigterm = true")
    assert not report.kept("server.py")


def test_below_covenv_run(tmp_path, workshop, covenv, start_by_libc):
    report = run(tmp_path, start_by_libc, workshop, [PYTHON, "server.py"], "", [covenv, "run", "--"])
    assert report.kept("server.py")
