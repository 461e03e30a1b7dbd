# SPDX-License-Identifier: MIT
"""Runs suites as their users do: pytest and pytest-cov in a virtual environment, on a project in a folder of its own.

The suites are programs under test here, so this pytest does not collect them.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SUITES = HERE / "suites"
STACKS = sorted(path.name for path in (HERE / "stacks").iterdir())
NEWEST = "pytest-cov-7"
DEADLINE = 60

collect_ignore = ["suites"]


def pytest_generate_tests(metafunc):
    if metafunc.definition.get_closest_marker("each_stack"):
        metafunc.parametrize("stack", STACKS, indirect=True)


def pytest_configure(config):
    config.addinivalue_line("markers", "each_stack: run on each pair of pytest-cov and coverage, not just the newest")
    # A job started in a script's background ignores SIGINT, and each program below would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Stack:
    """One virtual environment with pytest, pytest-cov and coverage, and the configuration that they need."""

    def __init__(self, name):
        self.name = name
        self.python = ROOT / "build" / "venvs" / name / "bin" / "python"
        self.coveragerc = HERE / "stacks" / name / "coveragerc"
        if not self.python.exists():
            pytest.fail(f"{self.python} is missing: scripts/test makes the virtual environments")


class Report:
    """What one run of a suite printed and measured."""

    def __init__(self, output, coverage):
        self.output = output
        self._files = coverage["files"] if coverage else {}

    def percent(self, file):
        return self.summary(file)["percent_covered"]

    def summary(self, file):
        return self._files[file]["summary"]

    def files(self):
        return list(self._files)

    def kept(self, file, function="work"):
        """Whether every line of this function of the file was measured."""
        function = self._files[file]["functions"][function]
        return not function["missing_lines"] and bool(function["executed_lines"])


class Project:
    """A user's project: its folder, and how to run its suite."""

    def __init__(self, folder, stack, preload):
        self.folder = folder
        self.stack = stack
        self._preload = preload
        self._runs = 0
        shutil.copy(stack.coveragerc, folder / ".coveragerc")

    def use(self, suite):
        for file in (SUITES / suite).glob("*.py"):
            shutil.copy(file, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(textwrap.dedent(text).lstrip())
        return path

    def configure(self, line):
        """Adds a line to the [run] section, which is the configuration's last."""
        with open(self.folder / ".coveragerc", "a") as file:
            file.write(f"{line}\n")

    def set_variables(self):
        """Has coverage put variables into the runner's environment, as pytest-cov does up to 6."""
        if self.stack.name == NEWEST:
            self.configure("patch = subprocess")

    def pytest(self, *arguments, preload=True, through=(), cov=True, report=True, env={}):
        """Runs the suite, which has to pass, and returns its Report."""
        command = [*through, self.stack.python, "-m", "pytest", "-p", "no:cacheprovider"]
        if cov:
            # Absolute, because pytest-cov 6 hands a relative one to children that take it from their own folder.
            command += [f"--cov={self.folder}", "--cov-report=json"]
        coverage = self.folder / "coverage.json"
        coverage.unlink(missing_ok=True)
        output = self.run(*command, *arguments, preload=preload, env=env)
        return Report(output, json.loads(coverage.read_text()) if cov and report else None)

    def run(self, *command, preload=True, env={}):
        """Runs a command in the project's folder, which has to succeed, and returns what it printed."""
        self._runs += 1
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        variables.pop("LD_PRELOAD", None)
        if preload:
            variables["LD_PRELOAD"] = str(self._preload())
        variables |= env
        log = self.folder / f"run-{self._runs}.log"
        status = self._run([*map(str, command)], variables, log)
        output = log.read_text(errors="replace")
        assert status == 0, f"{command[0]} failed ({status}):\n{output}"
        return output

    def _run(self, command, variables, log):
        # A file, not a pipe: a server that a failing suite leaves behind would keep a pipe open.
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            return process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            pytest.fail(f"no end after {DEADLINE} s:\n{log.read_text(errors='replace')}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def stack(request):
    return Stack(getattr(request, "param", NEWEST))


@pytest.fixture
def project(request, tmp_path, stack):
    """An empty project, whose suites run under the library that is tested."""
    # Asked for when it is needed, so that what runs bare can be tested without the library.
    return Project(tmp_path, stack, lambda: request.getfixturevalue("libcovenv"))


@pytest.fixture
def small(project):
    """A project with a server, a job that ends by itself, and a helper that starts either."""
    project.use("small")
    return project
