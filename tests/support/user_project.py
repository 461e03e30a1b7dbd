# SPDX-License-Identifier: MIT
"""A user's project. Its suite runs as users run it: by the pytest of a virtual environment, in the project's folder."""

import contextlib
import json
import os
import subprocess
import textwrap
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]

# The pids of processes that a suite left running (such as multiprocessing's resource tracker), killed by this file.
killed_after_the_run = set()


def python_of(venv):
    """The Path of the Python of a virtual environment that scripts/test makes. Fails the test if it is missing."""
    python = ROOT / "build" / "venvs" / venv / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is missing: scripts/test makes the virtual environments")
    return python


class Report:
    """What one run of a suite printed and measured.

    `coverage` is coverage.json as a dict, or None if nothing was measured; `folder` is where its files are.
    """

    def __init__(self, output, coverage, folder=None):
        self.output = output
        self._files = coverage["files"] if coverage else {}
        self._folder = folder

    def percent(self, file):
        """The covered share of a measured file, from 0 to 100. Raises KeyError if the file was not measured."""
        return self.summary(file)["percent_covered"]

    def summary(self, file):
        """The dict `summary` of a measured file, as coverage.json has it. Raises KeyError."""
        return self._files[file]["summary"]

    def ran(self, file, function):
        """The text of each executed line of one function, without indentation. Raises KeyError."""
        lines = (self._folder / file).read_text().splitlines()
        return [lines[number - 1].strip() for number in self._files[file]["functions"][function]["executed_lines"]]

    def files(self):
        """The names of all measured files."""
        return list(self._files)

    def kept(self, file, function="work"):
        """True if every line of one function was measured. False, and no error, if the file was not measured at all."""
        if file not in self._files:
            return False
        function = self._files[file]["functions"][function]
        return not function["missing_lines"] and bool(function["executed_lines"])


def combined(folder, python):
    """Combines the data files of `folder` by `python`'s coverage, and returns their Report, with an empty output.

    All measured processes must have ended, because data that come later would be missing.
    """

    def coverage(*arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        command = [python, "-m", "coverage", *arguments]
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)

    coverage("combine", "--append")
    report = folder / "combined.json"
    coverage("json", "-o", report)
    return Report("", json.loads(report.read_text()) if report.exists() else None, folder)


class Project:
    """A user's project: its folder, and how to run its suite.

    `preload()` returns the path of the library; it is called by each run that preloads the library. `settings` are
    variables of covenv for all runs. A run ends after `deadline` seconds at most, else the test fails.
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
        """Writes a file of the project, without the text's common indentation, and returns its path."""
        path = self.folder / name
        path.write_text(textwrap.dedent(text).lstrip())
        return path

    def pytest(self, *arguments, preload=True, through=(), cov=True, report=True, env={}):
        """Runs the suite, which has to pass, and returns its Report.

        `arguments` go to pytest, `through` are the words before the interpreter, `env` adds variables. `cov` says
        whether pytest-cov measures, `report` whether the Report holds what coverage.json says.
        """
        command = [*through, self.python, "-m", "pytest", "-p", "no:cacheprovider"]
        if cov:
            command += [self.measure, "--cov-report=json"]
        command += arguments
        if cov and report:
            return self.reported_by(*command, preload=preload, env=env)
        return Report(self.run(*command, preload=preload, env=env), None)

    def reported_by(self, *command, **options):
        """Runs a command, with the options of run(), that leaves a new coverage.json, and returns the Report."""
        coverage = self.folder / "coverage.json"
        coverage.unlink(missing_ok=True)
        output = self.run(*command, **options)
        return Report(output, json.loads(coverage.read_text()), self.folder)

    def run(self, *command, preload=True, env={}):
        """Runs a command in the project's folder, and returns its stdout and stderr as one text.

        The test fails if the command's status is not 0, or if it takes longer than `deadline`. Processes that the
        command leaves behind are killed. `env` adds variables; none of coverage's and pytest's are inherited.
        """
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
        # The output goes to a file, because a server that a failing suite leaves behind would keep a pipe open.
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
        # A server may lead a session of its own, but its working directory is this folder still.
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if os.getsid(process.pid) == session or Path(process.cwd()).is_relative_to(self.folder):
                    process.kill()
                    killed_after_the_run.add(process.pid)
