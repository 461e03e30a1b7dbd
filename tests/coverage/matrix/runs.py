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

# Users have a grace of one second. Ten seconds are for a machine under load.
GRACE = {"COVENV_GRACE": "10s"}
DEADLINE = 800


class Run:
    """One run of the suite on some cells by `python`, in a new folder, with `library` preloaded if it is given.

    `variables` are those that the suite's users have set, `through` the words before each command, such as those that
    enter another system's root.
    """

    def __init__(self, folder, python, cells, library=None, variables={}, through=()):
        self._python = [str(python), "-m"]
        self._through = [*map(str, through), "env", f"--chdir={folder}"]
        self.folder = folder
        shutil.copytree(SUITE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "cells.json").write_text(json.dumps([(cell.start, cell.end) for cell in cells]))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        environment.pop("LD_PRELOAD", None)
        if library:
            variables = variables | GRACE | {"LD_PRELOAD": str(library)}
        self._run(environment, [f"{name}={value}" for name, value in variables.items()])
        self._statuses = self._read_statuses()
        self._files = self._read_coverage(environment)

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

    def _read_coverage(self, environment):
        # coverage writes the report afterwards, because pytest-cov 4.0 knows no --cov-report=json.
        command = [*self._through, *self._python, "coverage", "json", "-q", "-o", "coverage.json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            return {}
        return json.loads((self.folder / "coverage.json").read_text())["files"]

    def _run(self, environment, assignments):
        # The programs would inherit signals that are ignored here (by nohup, in a script's background).
        command = [*self._through, "--default-signal=INT,HUP", *assignments]
        command += [*self._python, "pytest", "-q", "-p", "no:cacheprovider"]
        # The source is a relative path, as users type it, which names no folder where the programs are started.
        command.append(f"--cov=../{self.folder.name}")
        with open(self.folder / "log", "wb") as log:
            suite = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )
        # Cells that were not reached within the deadline have no status.
        with contextlib.suppress(subprocess.TimeoutExpired):
            suite.wait(timeout=DEADLINE)
        # The suite's programs end by themselves when the suite has gone.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(suite.pid, signal.SIGKILL)
        suite.wait()
