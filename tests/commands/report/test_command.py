# SPDX-License-Identifier: MIT
"""`covenv report`: its forms, where they are written to, and what it says of files that are no reports."""

import json
from pathlib import Path

import jsonschema
import pytest
import reports

SCHEMA = Path(__file__).resolve().parents[3] / "wrapper" / "covenv" / "report" / "report.schema.json"
EXAMPLES = {"small": reports.small(), "losing": reports.losing(), "tests": reports.in_tests(), "bringing": reports.bringing(), "none": reports.report([]), "300": reports.many(300)}


@pytest.fixture(scope="module")
def schema():
    content = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(content)
    return jsonschema.Draft202012Validator(content)


@pytest.fixture
def losing(tmp_path):
    return reports.write(tmp_path / "losing.json", reports.losing())


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_written_is_as_the_schema_says(schema, show, tmp_path, name):
    source = reports.write(tmp_path / "in.json", EXAMPLES[name])
    schema.validate(json.loads(source.read_text()))
    written = show(source, "--format", "json")
    assert written.returncode == 0, written.stderr
    schema.validate(json.loads(written.stdout))


def test_what_is_merged_is_as_the_schema_says(schema, show, tmp_path):
    shards = [reports.write(tmp_path / f"shard-{n}.json", reports.small()) for n in range(3)]
    merged = show("--merge", *shards, "--format", "json")
    assert merged.returncode == 0, merged.stderr
    content = json.loads(merged.stdout)
    schema.validate(content)
    assert [shard["name"] for shard in content["shards"]] == ["shard-0", "shard-1", "shard-2"]
    assert content["totals"]["processes"] == 18


BROKEN = {
    "version": lambda report: report.update(covenv_report=3),
    "no session": lambda report: report.pop("session"),
    "pid": lambda report: report["processes"][0].update(pid="7"),
    "start": lambda report: report["processes"][0].update(start_ns=-1),
    "argv": lambda report: report["processes"][0].update(argv=[1]),
    "end": lambda report: report["processes"][0].update(end={"how": "exit"}),
    "kill": lambda report: report["processes"][0].update(kill={}),
    "loss": lambda report: report["processes"][0].update(loss={"reason": 1}),
    "test": lambda report: report["processes"][0].update(test=7),
    "brought": lambda report: report["processes"][0].update(brought={"files": 1}),
    "gain": lambda report: report.update(gain={"files": 1, "before": 0}),
    "percents": lambda report: report.update(gain={"files": 1, "before": 0, "after": 1, "largest": [
        {"file": "a.py", "before": 0, "after": 1, "percents": {"before": 0, "after": 101}}]}),
    "outside": lambda report: report["processes"][0].update(outside=["a.py", 1]),
    "gain of a shard": lambda report: report.update(shards=[{"name": "a", "gain": {"files": 1}}]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_schema_refuses_covenv_refuses(schema, show, tmp_path, name):
    report = reports.small()
    BROKEN[name](report)
    assert not schema.is_valid(report)
    refused = show(reports.write(tmp_path / "in.json", report))
    assert (refused.returncode, refused.stdout) == (125, "")
    assert refused.stderr.startswith(f"covenv: {tmp_path / 'in.json'}: ")


def test_text_is_the_default(show, losing):
    shown = show(losing)
    assert shown.returncode == 0
    assert "LOST 3 x static binary: " in shown.stdout


@pytest.mark.parametrize(
    "name, start",
    [("out.html", "<!doctype html>"), ("out.json", '{"covenv_report":2'), ("out.md", "## Coverage of subprocesses: 5"),
     ("out.perfetto.json", '{"displayTimeUnit"'), ("out.txt", "pytest -q tests")],
)
def test_the_output_chooses_the_form(show, losing, tmp_path, name, start):
    shown = show(losing, "--output", tmp_path / name)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")
    assert (tmp_path / name).read_text().startswith(start)


def test_format_wins_over_the_name_of_the_output(show, losing, tmp_path):
    assert show(losing, "--output", tmp_path / "out.html", "--format", "markdown").returncode == 0
    assert (tmp_path / "out.html").read_text().startswith("## ")


def test_a_trace_is_one_that_perfetto_takes(show, losing):
    events = json.loads(show(losing, "--format", "perfetto").stdout)["traceEvents"]
    rows = {event["tid"] for event in events if event["name"] == "thread_name"}
    assert len(rows) == 12
    for event in events:
        assert event["ph"] in "MXsfi"
        assert event["pid"] == 1 and (event["tid"] in rows or event["name"] == "process_name")
        assert event["ph"] == "M" or event["ts"] >= 0
        assert event["ph"] != "X" or event["dur"] >= 0


@pytest.mark.parametrize(
    "arguments, fix",
    [
        (["{file}", "--output", "out.pdf"], "use .html, .json"),
        (["{file}", "{file}"], "add --merge"),
        (["--merge", "{file}", "{file}"], "the same file twice"),
        (["missing.json"], "No such file or directory; name a file"),
        (["{file}", "--output", "missing/out.html"], "name a file in a folder that is there"),
    ],
)
def test_an_error_names_its_fix(show, losing, tmp_path, arguments, fix):
    failed = show(*(argument.format(file=losing) for argument in arguments), cwd=tmp_path)
    assert failed.returncode == 125
    assert failed.stderr.startswith("covenv: ") and fix in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_the_slowest_are_those_that_others_have_started(show, losing):
    took = sorted(((each["end_ns"] - each["start_ns"]) // reports.MS for each in reports.losing()["processes"]
                   if each["parent"] and each["end_ns"]), reverse=True)
    lines = show(losing, "--slowest", "3").stdout.splitlines()
    assert len(lines) == 3
    assert lines[0] == f"{took[0] / 1000:.1f} s: python crunch.py, SIGKILL"
    assert len(show(losing, "--slowest", "99").stdout.splitlines()) == len(took)
    refused = show(losing, "--slowest", "3", "--format", "json")
    assert (refused.returncode, refused.stdout) == (125, "")
