# SPDX-License-Identifier: MIT
"""A user's project, whose suite runs as its user runs it: by the pytest of a virtual environment, in its own folder."""

import contextlib
import json
import os
import subprocess
import textwrap
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]

# Processes that a suite left running (multiprocessing's resource tracker for a moment), and that this file killed.
killed_after_the_run = set()


def python_of(venv):
    """The Python of a virtual environment that scripts/test makes."""
    python = ROOT / "build" / "venvs" / venv / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is missing: scripts/test makes the virtual environments")
    return python


class Report:
    """What one run of a suite printed and measured."""

    def __init__(self, output, coverage, folder=None):
        self.output = output
        self._files = coverage["files"] if coverage else {}
        self._folder = folder

    def percent(self, file):
        return self.summary(file)["percent_covered"]

    def summary(self, file):
        return self._files[file]["summary"]

    def ran(self, file, function):
        """The lines of this function of the file that were measured, as its source has them."""
        lines = (self._folder / file).read_text().splitlines()
        return [lines[number - 1].strip() for number in self._files[file]["functions"][function]["executed_lines"]]

    def files(self):
        return list(self._files)

    def kept(self, file, function="work"):
        """Whether every line of this function of the file was measured."""
        if file not in self._files:
            return False
        function = self._files[file]["functions"][function]
        return not function["missing_lines"] and bool(function["executed_lines"])


def combined(folder, python):
    """The Report of all that the processes of this folder measured; no such process may be running."""

    def coverage(*arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        command = [python, "-m", "coverage", *arguments]
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)

    coverage("combine", "--append")
    report = folder / "combined.json"
    coverage("json", "-o", report)
    return Report("", json.loads(report.read_text()) if report.exists() else None, folder)


class Project:
    """A user's project: its folder, and how to run its suite. `preload` is asked for the library when it is needed.

    `settings` are covenv's, for all runs.
    """

    measure = "--cov"
    deadline = 60

    def __init__(self, folder, python, preload, settings={}):
        self.settings = settings
        self.folder = folder
        self.python = python
        self._preload = preload
        self._runs = 0

    def write(self, name, text):
        path = self.folder / name
        path.write_text(textwrap.dedent(text).lstrip())
        return path

    def pytest(self, *arguments, preload=True, through=(), cov=True, report=True, env={}):
        """Runs the suite, which has to pass, and returns its Report."""
        command = [*through, self.python, "-m", "pytest", "-p", "no:cacheprovider"]
        if cov:
            command += [self.measure, "--cov-report=json"]
        command += arguments
        if cov and report:
            return self.reported_by(*command, preload=preload, env=env)
        return Report(self.run(*command, preload=preload, env=env), None)

    def reported_by(self, *command, **options):
        """Runs a command that runs the suite and leaves coverage.json, and returns the Report."""
        coverage = self.folder / "coverage.json"
        coverage.unlink(missing_ok=True)
        output = self.run(*command, **options)
        return Report(output, json.loads(coverage.read_text()), self.folder)

    def run(self, *command, preload=True, env={}):
        """Runs a command in the project's folder, which has to succeed, and returns what it printed."""
        self._runs += 1
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        variables.pop("LD_PRELOAD", None)
        if preload:
            variables["LD_PRELOAD"] = str(self._preload())
        variables |= self.settings | env
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
            return process.wait(timeout=self.deadline)
        except subprocess.TimeoutExpired:
            pytest.fail(f"no end after {self.deadline} s:\n{log.read_text(errors='replace')}")
        finally:
            self._end_what_is_left(process.pid)
            process.wait()

    def _end_what_is_left(self, session):
        # A server may lead a session of its own, but stands in this folder still.
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if os.getsid(process.pid) == session or Path(process.cwd()).is_relative_to(self.folder):
                    process.kill()
                    killed_after_the_run.add(process.pid)
