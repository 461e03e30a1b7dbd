# SPDX-License-Identifier: MIT
"""action.yml, run as GitHub's runner runs it, on a project whose server is killed."""

import json
import subprocess

import pytest
import yaml
from conftest import ROOT
from runner import Failed, Job
from user_project import python_of

ACTION = ROOT / "action.yml"
TESTS = "python -m pytest -q -p no:cacheprovider --cov=. --cov-report=json"


@pytest.fixture
def job(tmp_path, variables):
    path = f"{python_of('programs').parent}:{variables['PATH']}"
    return Job(tmp_path / "job", variables | {"PIP_NO_INDEX": "1", "PATH": path})


def covered(workspace):
    return json.loads((workspace / "coverage.json").read_text())["files"]["server.py"]["summary"]["percent_covered"]


def test_the_steps_that_follow_keep_coverage(job, workspace):
    bare = {"name": "tests", "shell": "bash", "run": TESTS}
    job.steps([bare], workspace, {})
    assert covered(workspace) == 0
    job.action(ACTION, workspace)
    job.steps([bare], workspace, {})
    assert covered(workspace) >= 95
    programs = {"name": "programs", "shell": "bash", "run": "covenv --version; sigforward --version; echo $LD_PRELOAD"}
    output = job.steps([programs], workspace, {}).output.split()
    assert output[-1] == str(job.temp / "covenv" / "lib" / "libcovenv.so")


def test_a_script_has_a_summary_and_an_artifact(job, workspace):
    result = job.action(ACTION, workspace, {"run": TESTS})
    assert covered(workspace) >= 95
    report = json.loads(open(result.outputs["report"]).read())
    totals = report["totals"]
    assert totals["measured"] >= 2 and totals["lost"] == 0
    summary = job.summary.read_text()
    assert summary.startswith("## Coverage of subprocesses: nothing lost\n")
    numbers = [totals[name] for name in ("processes", "measured", "restored", "saved", "lost")]
    assert f"| {' | '.join(map(str, numbers))} |" in summary
    assert b"<html" in result.uploads["covenv-report"] and b"server.py" in result.uploads["covenv-report"]
    assert "LD_PRELOAD" not in job.variables


LOSES = """
import os, subprocess, sys
waits = [sys.executable, "-c", "print(1, flush=True); input()"]
server = subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
server.stdout.readline()
subprocess.run(["/bin/kill", "-9", str(server.pid)], env={"COVENV_DISABLE": "1"}, check=True)
server.wait()
"""


@pytest.mark.parametrize("fail_on_loss", ["true", "false"])
def test_a_loss_is_in_the_summary_and_fails_if_that_is_asked_for(job, workspace, fail_on_loss):
    (workspace / "loses.py").write_text(LOSES)
    inputs = {"run": "COVENV_JOURNAL=0 python -m coverage run -p --source=. loses.py", "fail-on-loss": fail_on_loss}
    if fail_on_loss == "true":
        with pytest.raises(Failed) as failed:
            job.action(ACTION, workspace, inputs)
        result = failed.value.result
    else:
        result = job.action(ACTION, workspace, inputs)
    assert "LOST 1" in result.output and "killed from outside" in job.summary.read_text()
    assert "Upload the report" in result.steps


def test_a_script_that_fails_fails_the_step_and_has_its_summary(job, workspace):
    with pytest.raises(Failed) as failed:
        job.action(ACTION, workspace, {"run": f"{TESTS}\nfalse | true\necho not reached"})
    result = failed.value.result
    assert "not reached" not in result.output
    assert "## Coverage of subprocesses" in job.summary.read_text()
    assert result.steps[-2:] == ["Write the summary", "Upload the report"]


def test_inputs(job, workspace):
    (workspace / "below").mkdir()
    result = job.action(
        ACTION,
        workspace,
        {
            "run": "pwd; echo \"it's $0\" '${{ inputs.run }}'",
            "working-directory": "below",
            "artifact": "",
            "version": "0.1.0",
        },
    )
    # The script is no text of the action's: nothing in it is expanded.
    assert f"{workspace}/below\nit's bash ${{{{ inputs.run }}}}\n" in result.output
    assert not result.uploads


@pytest.mark.parametrize("version", ["", "0.0.9"])
def test_the_script_sees_no_variable_of_the_action(job, workspace, version):
    theirs = {name: f"the job's {name}" for name in ("SCRIPT", "FAIL_ON_LOSS", "script", "report", "options")}
    job.variables |= theirs
    show = "import json, os; print(json.dumps([dict(os.environ)]))"
    empty = "env -i \"$(command -v python)\""
    result = job.action(ACTION, workspace, {"run": f"python -c '{show}'; {empty} -c '{show}'", "version": version})
    seen, below_nothing = [json.loads(line)[0] for line in result.output.splitlines() if line.startswith("[{")]
    assert {name: seen.get(name) for name in theirs} == theirs
    for variables in seen, below_nothing:
        assert {name for name in variables if "COV" in name.upper()} <= {"COVENV_SESSION", "COVENV_WRAPPER"}


@pytest.mark.parametrize("inputs", [{"version": "0.0.9"}, {"python": "/nowhere/python3"}])
def test_without_covenv_the_tests_run_and_a_warning_says_so(job, workspace, inputs):
    result = job.action(ACTION, workspace, inputs | {"run": TESTS})
    assert covered(workspace) == 0
    assert result.output.count("::warning title=covenv::covenv cannot be installed here") == 1
    assert result.outputs["report"] == "" and not result.uploads and not job.summary.read_text()
    exporting = job.action(ACTION, workspace, inputs)
    assert "::warning" in exporting.output and "LD_PRELOAD" not in job.variables


def test_a_runner_in_a_folder_with_a_blank(tmp_path, job, workspace):
    of_blank = Job(tmp_path / "my runner", job.variables)
    result = of_blank.action(ACTION, workspace, {"run": TESTS})
    assert covered(workspace) >= 95
    assert result.uploads
    exporting = of_blank.action(ACTION, workspace)
    assert "::warning title=covenv::nothing is exported" in exporting.output and "LD_PRELOAD" not in of_blank.variables


def test_the_action_is_what_github_takes():
    action = yaml.safe_load(ACTION.read_text())
    assert set(action) <= {"name", "description", "author", "branding", "inputs", "outputs", "runs"}
    for step in action["runs"]["steps"]:
        assert ("uses" in step) != ("run" in step), step
        assert set(step) <= {"name", "id", "if", "shell", "env", "run", "working-directory", "uses", "with"}, step
        if "run" in step:
            assert "${{" not in step["run"], "an input in a script is code: hand it over by env"
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
