# SPDX-License-Identifier: MIT
"""Runs the suite of cells as a user would, with nothing configured, and reads the result of each cell."""

import ast
import contextlib
import json
import os
import shutil
import signal
import subprocess

from axes import STARTS, SUITE
from user_project import python_of

# Users have a grace of one second. Ten seconds are for a machine under load.
GRACE = {"COVENV_GRACE": "10s"}
DEADLINE = 800


class Run:
    """One run of the suite on some cells of one Stack, in a new folder, with `library` preloaded if it is given."""

    def __init__(self, folder, stack, cells, library=None):
        self.folder = folder
        shutil.copytree(SUITE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "cells.json").write_text(json.dumps([(cell.start, cell.end) for cell in cells]))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        environment.pop("LD_PRELOAD", None)
        environment |= stack.environment
        if library:
            environment |= GRACE | {"LD_PRELOAD": str(library)}
        python = python_of(stack.venv)
        self._run(python, environment)
        self._statuses = self._read_statuses()
        self._files = self._read_coverage(python)

    def status(self, cell):
        """The status that the cell's test got from wait(); None if the test failed."""
        return self._statuses.get((cell.start, cell.end))

    def measured(self, cell):
        """The numbers of the lines of the cell's program that were measured."""
        return set(self._files.get(self._program(cell).name, {}).get("executed_lines", []))

    def expected(self, cell):
        """The numbers of the lines that have run: those before the end, and those of an end by the program itself."""
        ran = {"work", "main", cell.end}
        lines = set()
        for statement in ast.parse(self._program(cell).read_text()).body:
            lines.add(statement.lineno)
            if isinstance(statement, ast.FunctionDef):
                inside = statement.name in ran
            else:
                inside = not STARTS[cell.start].imported
            if inside:
                lines |= {node.lineno for node in ast.walk(statement) if isinstance(node, ast.stmt)}
        return lines

    def output(self):
        return (self.folder / "log").read_text(errors="replace")

    def _program(self, cell):
        return self.folder / f"{cell.start}_{cell.end}.py"

    def _read_statuses(self):
        file = self.folder / "statuses.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return {tuple(cell): status for cell, status in map(json.loads, lines)}

    def _read_coverage(self, python):
        # coverage writes the report afterwards, because pytest-cov 4.0 knows no --cov-report=json.
        command = [python, "-m", "coverage", "json", "-q", "-o", "coverage.json"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            return {}
        return json.loads((self.folder / "coverage.json").read_text())["files"]

    def _run(self, python, environment):
        # The programs would inherit signals that are ignored here (by nohup, in a script's background).
        command = ["env", "--default-signal=INT,HUP", python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        # The source is a relative path, as users type it, which names no folder where the programs are started.
        command.append(f"--cov=../{self.folder.name}")
        with open(self.folder / "log", "wb") as log:
            suite = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )
        # Cells that were not reached within the deadline have no status.
        with contextlib.suppress(subprocess.TimeoutExpired):
            suite.wait(timeout=DEADLINE)
        # The suite's programs end by themselves when the suite has gone.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(suite.pid, signal.SIGKILL)
        suite.wait()
