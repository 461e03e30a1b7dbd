# SPDX-License-Identifier: MIT
"""Place: a project, and a program outside of the project, which a measured runner of the project starts."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from configurations import CONFIGURATIONS, SOURCES
from ways import STARTS, WAYS, program

HERE = Path(__file__).resolve().parent
# What differs from run to run: addresses, times, temporary folders, and pipes.
NOT_THE_SAME = re.compile(r"0x[0-9a-f]+|[0-9.]+(e[+-]?[0-9]+)? ?[mun]?s(ec)?\b|/tmp/tmp[^/ '\"]+|/proc/\d+/fd/pipe:\[\d+\]")


def shown(data):
    """What combine_and_show.py says, as lines of JSON: a comparison of lists shows the lines that differ."""
    return json.dumps(data, indent=1, sort_keys=True).splitlines()


class Place:
    """A copy of `project` in `folder`, and beside it outside/program.py, which runner.py of the project starts."""

    def __init__(self, folder, libcovenv):
        self.folder, self.project, self.library = folder, folder / "project", libcovenv
        self.program = folder / "outside" / "program.py"

    def prepare(self, stack, source, way, text=None):
        """Makes the folder anew. `source` is a key of SOURCES or CONFIGURATIONS, `way` one of WAYS or STARTS.

        `text` is the program in the place of that of `way`, and may use PROJECT, the name of the project's folder.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(HERE / "project", self.project, ignore=shutil.ignore_patterns("__pycache__"))
        self.program.parent.mkdir()
        of_way, files = program(way if way in WAYS else "import")
        for path, content in files.items():
            file = self.program.parent / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(content)
        self.program.write_text(f"PROJECT = {str(self.project)!r}\n{of_way if text is None else text}")
        shutil.copy(self.program, self.project / "program.py")
        # The runner gives this copy as standard input. Its lines are those of the program; only its name differs.
        settings = (SOURCES | CONFIGURATIONS)[source].format(project=self.project)
        (self.project / "rc").write_text(f"[run]\nparallel = true\nbranch = {stack.branch}\n{settings}\n")

    def give(self, name, value):
        """Makes the runner start the program with the variable `name`. To be called after prepare()."""
        runner, given = self.project / "runner.py", "env=json.loads(settings)"
        text = runner.read_text()
        assert given in text
        runner.write_text(text.replace(given, f"{given} | {{{name!r}: {value!r}}}"))

    def words(self, way):
        """The words behind the interpreter, for a key of STARTS or WAYS."""
        names = {"PROGRAM": str(self.program), "PROJECT/script.py": str(self.project / "script.py")}
        return [names.get(word, word.replace("PROJECT", repr(str(self.project)))) for word in STARTS.get(way, ["PROGRAM"])]

    def run(self, stack, way, is_light):
        """Runs the program, and returns ([status, stdout, stderr], data).

        `is_light` says whether coverage may start late. `data` is what combine_and_show.py says of all measured files.
        """
        own = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "PYTHON"))}
        own |= stack.variables | {"LD_PRELOAD": str(self.library), "PYTHONDONTWRITEBYTECODE": "1"}
        own["COVENV_LIGHT"] = "1" if is_light else "0"
        settings = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        if way.startswith("-m of"):
            settings["PYTHONPATH"] = str(self.project)
        command = [*stack.run, "runner.py", json.dumps(settings), *self.words(way)]
        done = subprocess.run(command, cwd=self.project, env=own, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        combine = [stack.python, HERE.parent / "journal" / "combine_and_show.py"]
        subprocess.run(combine, cwd=self.project, env=own, capture_output=True, timeout=120, check=True)
        status, output, errors = json.loads((self.project / "ended.json").read_text())
        shown = NOT_THE_SAME.sub("X", (self.project / "shown.json").read_text())
        (self.project / ".coverage").unlink()
        return [status, *(NOT_THE_SAME.sub("X", text) for text in (output, errors))], json.loads(shown)["data"]
