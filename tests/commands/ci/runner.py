# SPDX-License-Identifier: MIT
"""What GitHub's runner does with the steps of a job and of a composite action, as far as covenv's use it.

Expressions have contexts (`inputs`, `steps`, `runner`), strings in single quotes, `==`, `!=`, `&&`, `||`, `!`,
`always()`, `failure()` and `success()`. Anything else is an error, and so is a step that is neither `run` with bash nor
a known action.
"""

import os
import re
import subprocess
from pathlib import Path

import yaml

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<call>always|failure|success)\(\)|(?P<name>[a-z_][\w.-]*)|"
    r"(?P<sign>==|!=|&&|\|\||!|\(|\)))"
)
SIGNS = {"==": "==", "!=": "!=", "&&": " and ", "||": " or ", "!": " not ", "(": "(", ")": ")"}


class Failed(Exception):
    """A step has failed, and those behind it that did not ask to run have not run."""


class Result:
    def __init__(self):
        self.outputs = {}
        self.output = ""
        self.uploads = {}
        self.steps = []  # the names of those that have run


class Job:
    """One job: the environment that its steps hand on, and the files by which they do."""

    def __init__(self, folder, variables):
        self.temp = folder / "temp"
        self.temp.mkdir(parents=True)
        self.variables = dict(variables) | {
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "GITHUB_ACTIONS": "true",
        }
        self.summary = folder / "summary.md"
        self.summary.touch()

    def action(self, file, workspace, inputs=None):
        """Runs a composite action. Its Result, or Failed with the Result as `result`."""
        action = yaml.safe_load(file.read_text())
        assert action["runs"]["using"] == "composite"
        unknown = set(inputs or {}) - set(action["inputs"])
        assert not unknown, f"no such inputs: {unknown}"
        values = {name: spec["default"] for name, spec in action["inputs"].items()} | (inputs or {})
        assert all(isinstance(value, str) for value in values.values()), "inputs are strings"
        result = self.steps(action["runs"]["steps"], workspace, {"inputs": values}, composite=True)
        contexts = result.contexts
        result.outputs = {name: filled(spec["value"], contexts) for name, spec in action.get("outputs", {}).items()}
        return result

    def steps(self, steps, workspace, contexts, composite=False):
        result = Result()
        result.contexts = contexts = contexts | {"steps": {}, "runner": {"temp": str(self.temp), "os": "Linux"}}
        failed = False
        for step in steps:
            if not is_true(step.get("if", "success()"), contexts, failed):
                continue
            result.steps.append(step["name"])
            if "uses" in step:
                assert step["uses"].startswith("actions/upload-artifact@"), step["uses"]
                given = {name: filled(value, contexts) for name, value in step["with"].items()}
                result.uploads[given["name"]] = Path(given["path"]).read_bytes()
                continue
            assert step["shell"] == "bash" or not composite, "a composite action names the shell of each step"
            outputs, status = self.shell(step, workspace, contexts, result)
            contexts["steps"][step.get("id", step["name"])] = {"outputs": outputs}
            failed = failed or status != 0
        if failed:
            error = Failed(result.output)
            error.result = result
            raise error
        return result

    def shell(self, step, workspace, contexts, result):
        files = {name: self.temp / f"{name.lower()}-file" for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT")}
        for file in files.values():
            file.write_text("")
        script = self.temp / "step.sh"
        script.write_text(filled(step["run"], contexts))
        own = {name: filled(value, contexts) for name, value in step.get("env", {}).items()}
        given = {name: str(file) for name, file in files.items()} | {"GITHUB_STEP_SUMMARY": str(self.summary)}
        folder = workspace / filled(step.get("working-directory", "."), contexts)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=folder,
            text=True,
            timeout=300,
            env=self.variables | own | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        result.output += done.stdout
        self.variables |= assignments(files["GITHUB_ENV"].read_text())
        added = files["GITHUB_PATH"].read_text().splitlines()
        self.variables["PATH"] = os.pathsep.join([*reversed(added), self.variables["PATH"]])
        return assignments(files["GITHUB_OUTPUT"].read_text()), done.returncode


def assignments(text):
    """{name: value} of a file that holds NAME=VALUE and NAME<<END ... END."""
    values = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, sign, rest = re.match(r"(\w+)(=|<<)(.*)", line).groups()
        values[name] = rest if sign == "=" else "\n".join(iter(lambda: next(lines), rest))  # noqa: B023
    return values


def value_of(expression, contexts, failed=False):
    python, at = "", 0
    while at < len(expression.rstrip()):
        token = TOKEN.match(expression, at)
        assert token, f"not understood: {expression[at:]}"
        at = token.end()
        if token["text"]:
            python += repr(token["text"][1:-1].replace("''", "'"))
        elif token["call"]:
            python += repr({"always": True, "failure": failed, "success": not failed}[token["call"]])
        elif token["name"]:
            python += repr(look_up(token["name"], contexts))
        else:
            python += SIGNS[token["sign"]]
    return eval(python, {"__builtins__": {}})


def look_up(name, contexts):
    """What a context holds; empty if a step has not run, or has no such output."""
    first, *rest = name.split(".")
    assert first in contexts, f"no such context: {name}"
    value = contexts[first]
    for part in rest:
        if first == "inputs":
            assert part in value, f"no such input: {name}"
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value or ""


def is_true(condition, contexts, failed):
    """A condition that names no status holds only if no step has failed."""
    names_status = re.search(r"\b(always|failure|success)\(\)", condition)
    return bool(value_of(condition, contexts, failed)) and (bool(names_status) or not failed)


def filled(text, contexts):
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: value_of(found[1], contexts), text)
