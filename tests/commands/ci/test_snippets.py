# SPDX-License-Identifier: MIT
"""The snippets for CI systems in wrapper/covenv/README.md, run as their systems run them."""

import json
import re
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT
from runner import Job

README = ROOT / "wrapper" / "covenv" / "README.md"


def snippet(name):
    [text] = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", README.read_text(), re.DOTALL)
    return text


@pytest.fixture
def environment(tmp_path, variables):
    """The variables of a container of an image for Python: a Python of this test's own is the first along PATH."""
    image = tmp_path / "image"
    subprocess.run([sys.executable, "-m", "venv", image], check=True)
    return variables | {"PATH": f"{image / 'bin'}:{variables['PATH']}"}


@pytest.fixture
def runs(workspace, environment):
    """A function that runs one shell with these lines, which have to succeed."""

    def runs(shell, *lines):
        done = subprocess.run(
            [*shell, "\n".join(lines)],
            cwd=workspace,
            env=environment,
            text=True,
            timeout=300,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return runs


def covered(output):
    """What the table of pytest-cov says of the server, in percent."""
    return int(re.search(r"^server\.py .* (\d+)%", output, re.MULTILINE)[1])


def test_gitlab(runs):
    [job] = yaml.safe_load(snippet("gitlab")).values()
    assert set(job) == {"image", "script"}
    # The lines of `script` are one script.
    assert covered(runs(["sh", "-ec"], *job["script"])) >= 95


def test_buildkite(runs, workspace):
    [step] = yaml.safe_load(snippet("buildkite"))["steps"]
    assert set(step) == {"label", "commands", "artifact_paths"}
    # So are those of `commands`.
    assert covered(runs(["bash", "-e", "-c"], *step["commands"])) >= 95
    assert "server.py" in (workspace / step["artifact_paths"]).read_text()


def test_jenkins(runs, workspace):
    text = snippet("jenkins")
    assert text.count("{") == text.count("}")
    steps = re.findall(r"^ *sh '([^']*)'$", text, re.MULTILINE)
    assert len(steps) == text.count("sh '")
    # Each step is a shell of its own.
    *_, output = [runs(["sh", "-xec"], step) for step in steps]
    assert covered(output) >= 95
    [artifact] = re.findall(r"artifacts: '([^']*)'", text)
    assert "server.py" in (workspace / artifact).read_text()


def test_github(workspace, environment, tmp_path):
    [step] = yaml.safe_load(snippet("github"))
    assert set(step) == {"uses", "with"} and step["uses"].startswith("covenv/covenv@")
    job = Job(tmp_path / "job", environment)
    job.steps([{"name": "install", "shell": "bash", "run": "pip install pytest-cov"}], workspace, {})
    result = job.action(ROOT / "action.yml", workspace, step["with"])
    assert covered(result.output) >= 95
    assert json.loads(open(result.outputs["report"]).read())["totals"]["lost"] == 0
    assert "nothing lost" in job.summary.read_text()
