# SPDX-License-Identifier: MIT
"""One program, measured twice: without the library until coverage saves at the last line, and with the library until
a kill at the last line."""

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
    """A file of `programs`. Its comments say which Python it needs, and how coverage is configured."""

    path: Path

    @property
    def name(self):
        return self.path.stem

    def _comment(self, word):
        found = re.search(rf"^# {word}: (.*)$", self.path.read_text(), re.MULTILINE)
        return found and found[1]

    @property
    def at_least(self):
        """The oldest Python that can run the program, as a tuple: (3, 8) unless it says `# at least: 3.10`."""
        return tuple(map(int, (self._comment("at least") or "3.8").split(".")))

    def rcfile(self, branch):
        """The text of the configuration: the program's lines that start with `#:`, and the settings that all share."""
        lines = re.findall(r"^#: (.*)$", self.path.read_text(), re.MULTILINE)
        base = ["parallel = true", f"branch = {branch}"]
        base += ([] if any(line.startswith(("omit", "include")) for line in lines) else ["omit = */finish.py"])
        if "[run]" not in lines:
            lines.append("[run]")
        at = lines.index("[run]") + 1
        return "\n".join([*lines[:at], *base, *lines[at:]]) + "\n"


@dataclasses.dataclass
class Outcome:
    """The combined data of a run, the names of data files that are left, the number of journals, what was on stderr."""

    data: dict
    left: list
    journals: int
    stderr: str


def key_of(data_file):
    """The 16 hexadecimal digits that stand for a data file in the names of its journals."""
    status = os.stat(Path(data_file).parent)
    text = f"{status.st_dev}:{status.st_ino}:{Path(data_file).name}"
    return hashlib.blake2b(os.fsencode(text), digest_size=8).hexdigest()


def journals_of(data_file, folder="/dev/shm"):
    """The paths of a data file's journals in `folder`, sorted."""
    return sorted(Path(folder).glob(f".covenv-j-{key_of(data_file)}-*"))


def environment(stack, preload=None, **more):
    """The variables of a measured program: those of this process without coverage's, the stack's, and `more`."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "PYTHON"))}
    variables.pop("LD_PRELOAD", None)
    variables |= {"PYTHONDONTWRITEBYTECODE": "1"} | stack.variables | more
    if preload:
        variables["LD_PRELOAD"] = str(preload)
    return variables


def difference(saved, kept):
    """A diff of two values of Outcome.data, as text; empty if they are the same."""
    def lines(data):
        return json.dumps(data, indent=1, sort_keys=True).splitlines()

    return "\n".join(difflib.unified_diff(lines(saved), lines(kept), "saved", "kept", lineterm="", n=1))


def outcome(program, stack, how, folder, libcovenv, **variables):
    """The Outcome of a program in a new `folder`. `how` is its end: "save" (bare) or "kill" (preloaded)."""
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
