# SPDX-License-Identifier: MIT
""".github: the files parse, have what GitHub asks for, and name what is there."""

import os
import re
import subprocess

import pytest
import yaml
from conftest import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*"))
# Of users; the others are for maintainers, and about forms.
FORMS = sorted(
    path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name not in ("config.yml", "release.yml")
)
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def names(paths):
    return [path.name for path in paths]


def test_each_kind_of_file_is_there():
    assert names(WORKFLOWS) and names(FORMS) and all(path.suffix == ".yml" for path in WORKFLOWS)


@pytest.mark.parametrize("path", sorted(GITHUB.rglob("*.yml")) + [ROOT / "action.yml"], ids=lambda path: path.name)
def test_it_is_yaml(path):
    assert isinstance(yaml.safe_load(path.read_text()), dict)


def steps_of(path):
    workflow = yaml.safe_load(path.read_text())
    # YAML 1.1 takes the word `on` for true.
    assert set(workflow) - {True} <= {"name", "permissions", "concurrency", "jobs"} and workflow[True]
    for job in workflow["jobs"].values():
        assert job["runs-on"] and job["steps"]
        yield from job["steps"]


def scripts_in(text):
    """The files of this repository that a text of commands names."""
    return re.findall(r"(?:scripts|\.ci)/[\w/-]+", text)


def assert_is_there(name):
    assert os.access(ROOT / name, os.X_OK), f"{name} is not there, or not executable"


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_a_workflow_calls_what_is_there(path):
    called = []
    for step in steps_of(path):
        assert ("uses" in step) != ("run" in step)
        if "run" in step:
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
            called += scripts_in(step["run"])
    assert called
    for name in called:
        assert_is_there(name)


@pytest.mark.parametrize("path", FORMS, ids=names(FORMS))
def test_a_form_is_one_and_asks_for_doctor(path, covenv):
    form = yaml.safe_load(path.read_text())
    assert set(form) <= {"name", "description", "title", "labels", "assignees", "body"}
    assert form["name"] and form["description"]
    for field in form["body"]:
        assert field["type"] in KINDS and field["attributes"]["label"]
        assert set(field) <= {"type", "id", "attributes", "validations"}
    identities = [field["id"] for field in form["body"]]
    assert len(set(identities)) == len(identities)
    [doctor] = [field for field in form["body"] if field["id"] == "doctor"]
    assert "covenv doctor --json" in doctor["attributes"]["label"] and doctor["validations"]["required"]
    # The words of the forms are options of this covenv.
    commands = set(re.findall(r"covenv (\w+) (--[\w-]+)", path.read_text()))
    assert ("doctor", "--json") in commands
    for command, option in commands - {("run", "--")}:
        shown = subprocess.run([covenv, command, "--help"], capture_output=True, text=True, check=True).stdout
        assert option in shown, f"covenv {command} {option}"


def test_the_checklist_names_what_is_there():
    [field] = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "release.yml").read_text())["body"]
    text = "\n".join(option["label"] for option in field["attributes"]["options"])
    named = scripts_in(text)
    assert named
    for name in named:
        assert_is_there(name)
    for name in re.findall(r"`(\w+\.(?:md|txt))`", text):
        assert (ROOT / name).exists(), name
