# SPDX-License-Identifier: MIT
"""One program, measured twice: once coverage saves at its last line, once it is killed there under the library."""

import dataclasses
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
DEADLINE = 120


@dataclasses.dataclass(frozen=True)
class Program:
    path: Path

    @property
    def name(self):
        return self.path.stem

    def _comment(self, word):
        found = re.search(rf"^# {word}: (.*)$", self.path.read_text(), re.MULTILINE)
        return found and found[1]

    @property
    def at_least(self):
        """The first Python that understands it."""
        return tuple(map(int, (self._comment("at least") or "3.8").split(".")))

    def rcfile(self, branch):
        """The lines that begin with `#:`, and what every program has."""
        lines = re.findall(r"^#: (.*)$", self.path.read_text(), re.MULTILINE)
        base = ["parallel = true", f"branch = {branch}"]
        base += ([] if any(line.startswith(("omit", "include")) for line in lines) else ["omit = */finish.py"])
        if "[run]" not in lines:
            lines.append("[run]")
        at = lines.index("[run]") + 1
        return "\n".join([*lines[:at], *base, *lines[at:]]) + "\n"


@dataclasses.dataclass
class Outcome:
    data: dict
    left: list
    journals: int
    stderr: str


def key_of(data_file):
    """What stands for a data file in the names of its journals."""
    status = os.stat(Path(data_file).parent)
    text = f"{status.st_dev}:{status.st_ino}:{Path(data_file).name}"
    return hashlib.blake2b(os.fsencode(text), digest_size=8).hexdigest()


def journals_of(data_file, folder="/dev/shm"):
    return sorted(Path(folder).glob(f".covenv-j-{key_of(data_file)}-*"))


def environment(stack, preload=None, **more):
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "PYTHON"))}
    variables.pop("LD_PRELOAD", None)
    variables |= {"PYTHONDONTWRITEBYTECODE": "1"} | stack.variables | more
    if preload:
        variables["LD_PRELOAD"] = str(preload)
    return variables


def difference(saved, kept):
    """Empty if they are the same."""
    def lines(data):
        return json.dumps(data, indent=1, sort_keys=True).splitlines()

    return "\n".join(difflib.unified_diff(lines(saved), lines(kept), "saved", "kept", lineterm="", n=1))


def outcome(program, stack, how, folder, libcovenv, **variables):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "project", folder)
    shutil.copy(program.path, folder)
    (folder / "rc").write_text(program.rcfile(stack.branch))
    env = environment(stack, libcovenv if how == "kill" else None, HOW=how, **variables)
    done = subprocess.run([*stack.run, program.path.name], cwd=folder, env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=DEADLINE, errors="replace", check=False)
    assert done.returncode in (0, 3, -9), done.stderr
    journals = journals_of(folder / ".coverage")
    combined = subprocess.run([str(stack.python), str(HERE / "combine_and_show.py")], cwd=folder, env=env,
                              capture_output=True, text=True, timeout=DEADLINE, errors="replace", check=False)
    assert combined.returncode == 0, combined.stderr
    left = journals_of(folder / ".coverage")
    for journal in left:
        journal.unlink()
    assert not left, combined.stdout + combined.stderr
    told = json.loads((folder / "shown.json").read_text())
    return Outcome(told["data"], told["left"], len(journals), done.stderr + combined.stderr)
