# SPDX-License-Identifier: MIT
"""A folder of its own, in which measured programs run, die and are combined."""

import json
import os
import signal
import subprocess
import textwrap
from pathlib import Path

import pytest
import shared_memory
from differential import DEADLINE, HERE, environment, journals_of
from stacks import NEWEST, Stack

collect_ignore = ["programs", "project"]
RCFILE = "[run]\nparallel = true\nbranch = {branch}\ninclude = {folder}/*\n"


def pytest_configure():
    # `covenv salvage`, which other tests run meanwhile, takes every journal of this user.
    shared_memory.make_own()


class Place:
    """Where programs run measured; what they leave in /dev/shm goes with it."""

    def __init__(self, folder, stack, libcovenv):
        self.folder = folder
        self.stack = stack
        self.library = libcovenv
        self._started = []
        self.write("rc", RCFILE.format(branch=stack.branch, folder=folder))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
        return path

    def configure(self, *lines):
        with open(self.folder / "rc", "a") as file:
            file.writelines(line + "\n" for line in lines)

    def environment(self, preload=True, **variables):
        return environment(self.stack, self.library if preload else None, **variables)

    def command(self, *arguments):
        return [*self.stack.run, *map(str, arguments)]

    def run(self, *arguments, preload=True, through=(), status=None, cwd=None, **variables):
        """A measured program, to its end."""
        done = subprocess.run([*through, *self.command(*arguments)], cwd=cwd or self.folder, env=self.environment(preload, **variables),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=DEADLINE, check=False)
        assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def start(self, *arguments, preload=True, through=(), **variables):
        """A measured program that says `ready`."""
        process = subprocess.Popen([*through, *self.command(*arguments)], cwd=self.folder, env=self.environment(preload, **variables),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._started.append(process)
        assert process.stdout.readline() == b"ready\n", process.stderr.read().decode(errors="replace")
        return process

    def kill(self, process, number=signal.SIGKILL):
        """Kills from this process, which does not have the library."""
        process.send_signal(number)
        process.wait(timeout=DEADLINE)

    def coverage(self, *arguments, preload=True, status=0, cwd=None, **variables):
        done = subprocess.run([str(self.stack.python), "-m", "coverage", *map(str, arguments)], cwd=cwd or self.folder,
                              env=self.environment(preload, **variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return done

    def combine(self, preload=True, **variables):
        """All that `coverage combine` finds here, from the start: file -> what combine_and_show.py says of it."""
        (self.folder / ".coverage").unlink(missing_ok=True)
        done = subprocess.run([str(self.stack.python), str(HERE / "combine_and_show.py")], cwd=self.folder,
                              env=self.environment(preload, **variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        assert done.returncode == 0, done.stderr
        self.said = done.stdout + done.stderr
        data = json.loads((self.folder / "shown.json").read_text())["data"] or {"files": {}}
        return {os.path.relpath(eval(name), self.folder): told for name, told in data["files"].items()}

    def lines(self, name, context="", **variables):
        """Those of one file; None if it was not measured."""
        told = self.combine(**variables).get(name)
        return told and told["contexts"].get(context, [[]])[0]

    def journals(self, folder="/dev/shm"):
        return journals_of(self.folder / ".coverage", folder)

    def close(self):
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        for journal in self.journals():
            journal.unlink()


@pytest.fixture
def place(request, libcovenv, tmp_path):
    """On the newest coverage, unless the test names another stack."""
    place = Place(tmp_path, getattr(request, "param", Stack(NEWEST)), libcovenv)
    yield place
    place.close()


def compiled(tmp_path_factory, name, *options):
    made = tmp_path_factory.mktemp("compiled") / Path(name).stem
    subprocess.run(["gcc", "-O1", "-o", made, HERE / name, *options], check=True)
    return made


@pytest.fixture(scope="session")
def crashes(tmp_path_factory):
    return compiled(tmp_path_factory, "crashes.c", "-shared", "-fPIC", "-w")


@pytest.fixture(scope="session")
def static_kill(tmp_path_factory):
    """A static program, which cannot be preloaded."""
    return compiled(tmp_path_factory, "static_kill.c", "-static")
