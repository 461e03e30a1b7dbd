# SPDX-License-Identifier: MIT
"""Other projects' own test suites, from their sdists: how long they take, and what coverage they report."""

import json
import re
import subprocess
import time
from functools import partial

from ..measure import PERCENT, SECONDS, Measure, Ratio, Subject
from ..place import ROOT, clean_environment

_PATCHED = "pytest-cov, patch = subprocess"
_OWN = "covenv run -- pytest --cov"
# The one starts a process in most of its tests, the other hardly any.
_PROJECTS = ["honcho", "click"]


class Suite:
    """The tests of the sdist, run on the package as it is installed."""

    def __init__(self, place, project):
        self._place = place
        self._project = project
        self._folder = ROOT / f"build/sources/{project}"
        self._outcome = None
        self._percent = {}
        # In the place of the project's own, which says what is measured, and what is left out of the figure.
        self._plain = self._configuration("plain", "")
        self._patched = self._configuration("patched", "patch = subprocess\n")

    def _configuration(self, name, more):
        path = self._place.folder / f"{self._project}-{name}.rc"
        path.write_text(f"[run]\nbranch = true\ndata_file = {path}.data\n{more}")
        return path

    def seconds(self, label):
        pytest = [self._place.python("suites"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
        report = self._place.folder / "coverage.json"
        cov = [f"--cov={self._project}", f"--cov-report=json:{report}"]
        command = {
            "pytest": pytest,
            "pytest-cov": [*pytest, *cov, f"--cov-config={self._plain}"],
            _PATCHED: [*pytest, *cov, f"--cov-config={self._patched}"],
            _OWN: [self._place.covenv, "run", "--quiet", "--", *pytest, *cov, f"--cov-config={self._plain}"],
        }[label]
        # They start the project's own command.
        env = clean_environment()
        env["PATH"] = f"{pytest[0].parent}:{env['PATH']}"
        start = time.perf_counter_ns()
        done = subprocess.run(list(map(str, command)), cwd=self._folder, env=env, stdout=subprocess.PIPE, text=True, check=False)
        took = time.perf_counter_ns() - start
        outcome = done.returncode, re.findall(r"\d+ (?:passed|failed|errors?)", done.stdout)
        assert done.returncode in (0, 1), f"{self._project}, {label}: {done.stdout[-2000:]}"
        self._outcome = self._outcome or outcome
        assert outcome == self._outcome, f"{self._project}, {label}: {outcome}, not {self._outcome}\n{done.stdout[-2000:]}"
        if label != "pytest":
            self._percent[label] = json.loads(report.read_text())["totals"]["percent_covered"]
        return took

    def percent(self, label):
        if label not in self._percent:
            self.seconds(label)
        return self._percent[label]


def measures(place):
    # Minutes of wall time each.
    for project in _PROJECTS[:1] if place.quick else _PROJECTS:
        suite = Suite(place, project)
        labels = ["pytest", "pytest-cov", _PATCHED, _OWN]
        timed = [
            Subject(label, partial(suite.seconds, label), [Ratio(1.02, _PATCHED)] if label == _OWN else ()) for label in labels
        ]
        yield Measure(f"suites.{project}.time", f"{project}'s own suite", timed, "pytest", SECONDS, rounds=15, weight=2)
        covered = [Subject(label, partial(suite.percent, label)) for label in labels[1:]]
        yield Measure(f"suites.{project}.coverage", f"what {project}'s suite reports as covered", covered, "pytest-cov", PERCENT, rounds=1, weight=0.1)
