# SPDX-License-Identifier: MIT
"""Other people's programs below their own tests, and fresh projects of the usual set-ups: the same verdicts below
`covenv run`, and the coverage of what these tests kill (--full)."""

import json

import fresh
import projects
import pytest


@pytest.mark.parametrize("project", [*projects.PROJECTS, *fresh.PROJECTS], ids=lambda project: project.name)
def test_same_verdicts_and_more_coverage(project, covenv, tmp_path):
    bare = project.run(tmp_path / "bare", [])
    bare_percent = project.percent(tmp_path / "bare")
    report = tmp_path / "report.json"
    kept = project.run(tmp_path / "kept", [covenv, "run", "--report", report, "--"])
    kept_percent = project.percent(tmp_path / "kept")
    print(f"{project.name}: {len(bare)} verdicts; {bare_percent:.1f} % bare, {kept_percent:.1f} % below covenv run")
    assert kept == bare and len(bare) >= project.at_least
    assert bare_percent <= project.bare
    assert kept_percent >= project.kept
    assert json.loads(report.read_text())["totals"]["lost"] == 0
