# SPDX-License-Identifier: MIT
"""One test for each cell of cells.json: a program behind a chain, which is killed or ends by itself."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chains import CHAINS

HERE = Path(__file__).parent
DEADLINE = 60


@pytest.mark.parametrize("cell", json.loads((HERE / "cells.json").read_text()), ids="-".join)
def test_chain(cell, tmp_path):
    name, end = cell
    folder = HERE / f"{name}_{end}"
    command = lay_out(CHAINS[name], folder)
    if end == "killed":
        (folder / "stays").touch()
    with open(tmp_path / "output", "w") as output:
        chain = subprocess.Popen(
            command, cwd=folder, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    program = until_started(folder / "pid", chain, tmp_path / "output")
    if end == "killed":
        os.kill(program, signal.SIGKILL)
    status = chain.wait(timeout=DEADLINE)
    (folder / "outcome.json").write_text(json.dumps([status, without(tmp_path / "output", program, folder)]))


def lay_out(chain, folder):
    """Makes the chain's folder with its files, and returns the words of the command to run there."""
    folder.mkdir()
    shutil.copy(HERE / "program.py", folder)
    program = [sys.executable, "program.py"]
    words = {"command": shlex.join(program), "python": sys.executable, "folder": folder,
             "library": os.environ.get("LD_PRELOAD", "")}
    for name, text in chain.files.items():
        (folder / name).write_text(text.format(**words))
        (folder / name).chmod(0o755)
    return [part for word in chain.typed for part in (program if word == "@" else [word.format(**words)])]


def without(output, program, folder):
    """The text of the file `output`, with the program's pid as PID, and its folder as FOLDER.

    The blanks before a pid are replaced too, because shells pad it to five columns.
    """
    return re.sub(rf" *\b{program}\b", " PID", output.read_text()).replace(str(folder), "FOLDER")


def environment(home):
    return {"PATH": os.environ["PATH"], "HOME": str(home)}


def until_started(file, chain, output):
    """Waits until the program has written its pid to `file`, and returns the pid. Fails after DEADLINE seconds."""
    deadline = time.monotonic() + DEADLINE
    while not file.exists():
        assert chain.poll() is None or file.exists(), output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.01)
    return int(file.read_text())
