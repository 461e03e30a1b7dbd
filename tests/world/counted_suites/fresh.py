# SPDX-License-Identifier: MIT
"""Small projects as their users write and test them, in folder fresh, one for each usual set-up: a test starts the
server with an interpreter or a runtime of the language, and kills it. Measured is the function that only the server runs.
"""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from projects import ROOT, Project

FRESH = Path(__file__).resolve().parent / "fresh"


class Fresh(Project):
    """percent() is of the lines of the function."""

    apart = ()
    kept = 60

    def run(self, folder, prefix):
        self.source = folder.with_name(f"{folder.name}-{self.name}")
        shutil.copytree(FRESH / self.name, self.source)
        self.prepare()
        return super().run(folder, prefix)

    def prepare(self):
        pass

    def variables(self, folder):
        return {"COVENV_GRACE": "20s"}


class Npm(Fresh):
    """npm test: nyc, node:test."""

    name = "npm"
    verdict = re.compile(r"^# (tests|pass|fail) (\d+)", re.M)

    def prepare(self):
        (self.source / "node_modules").symlink_to(ROOT / "build" / "npm" / "node" / "node_modules")

    def command(self):
        return ["npm", "test"]

    def percent(self, folder):
        files = json.loads((self.source / "coverage" / "coverage-summary.json").read_text())
        return next((file["lines"]["pct"] for name, file in files.items() if name.endswith("price.js")), 0)


class Maven(Fresh):
    """mvn test: surefire, JUnit 5, jacoco-maven-plugin."""

    name = "maven"
    verdict = re.compile(r"^\[(?:INFO|ERROR)\] (Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+)$", re.M)

    def command(self):
        return ["mvn", "-B", "-Dstyle.color=never", "test"]

    def percent(self, folder):
        report = (self.source / "target" / "site" / "jacoco" / "jacoco.xml").read_text()
        tree = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", report))
        counter = tree.find(".//method[@name='price']/counter[@type='LINE']")
        covered, missed = int(counter.get("covered")), int(counter.get("missed"))
        return 100 * covered / (covered + missed)


class Rspec(Fresh):
    """bundle exec rspec: SimpleCov, which spawned processes start as its documentation says."""

    name = "rspec"
    verdict = re.compile(r"^(\d+ examples?, \d+ failures?)", re.M)

    def command(self):
        return ["bundle", "exec", "rspec", "--no-color"]

    def percent(self, folder):
        # As a process does that is the last one: it merges the results of all.
        merge = "require 'simplecov'; SimpleCov.collate Dir['coverage/.resultset.json'] do formatter(Class.new { \
def format(result) = puts(result.files.find { |f| f.filename.end_with?('price.rb') }&.covered_percent || 0) }) end"
        done = subprocess.run(["ruby", "-e", merge], cwd=self.source, capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])


class Prove(Fresh):
    """prove: Devel::Cover, which PERL5OPT starts in the test and in what the test starts."""

    name = "prove"
    verdict = re.compile(r"^ *(not ok|ok) (\d+)", re.M)
    at_least = 2

    def command(self):
        return ["prove", "-lv", "t"]

    def variables(self, folder):
        return super().variables(folder) | {"PERL5OPT": "-MDevel::Cover=-silent,1"}

    def percent(self, folder):
        command = ["cover", "-silent", "-report", "text", "-select", "Shop"]
        table = subprocess.run(command, cwd=self.source, capture_output=True, text=True, check=False).stdout
        found = re.search(r"^lib/Shop\.pm +([\d.]+)", table, re.M)
        return float(found[1]) if found else 0


PROJECTS = [Npm(), Maven(), Rspec(), Prove()]
