# SPDX-License-Identifier: MIT
"""Place: a folder in which measured programs run and die, and in which their data are combined."""

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
    # A /dev/shm of our own, because other tests run `covenv salvage` meanwhile, which takes every journal of this user.
    shared_memory.make_own()


class Place:
    """A folder in which programs run measured on one stack. close() removes the journals that they have left.

    A command that takes longer than DEADLINE seconds raises TimeoutExpired. `variables` are added to the environment,
    `preload` says whether the library is preloaded, `through` are words before the interpreter.
    """

    def __init__(self, folder, stack, libcovenv):
        self.folder = folder
        self.stack = stack
        self.library = libcovenv
        self._started = []
        self.write("rc", RCFILE.format(branch=stack.branch, folder=folder))

    def write(self, name, text):
        """Writes a file, without the text's common indentation, and returns its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
        return path

    def configure(self, *lines):
        """Adds lines to the configuration `rc`, whose last section is [run]."""
        with open(self.folder / "rc", "a") as file:
            file.writelines(line + "\n" for line in lines)

    def environment(self, preload=True, **variables):
        """The environment (a dict) of a measured program here, with or without the library."""
        return environment(self.stack, self.library if preload else None, **variables)

    def command(self, *arguments):
        """The words of a command that runs a program measured; `arguments` start with the program's file."""
        return [*self.stack.run, *map(str, arguments)]

    def run(self, *arguments, preload=True, through=(), status=None, cwd=None, **variables):
        """The CompletedProcess of a measured program. `status` is the one that it has to have, if it is given."""
        done = subprocess.run([*through, *self.command(*arguments)], cwd=cwd or self.folder, env=self.environment(preload, **variables),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=DEADLINE, check=False)
        assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def start(self, *arguments, preload=True, through=(), **variables):
        """The Popen of a measured program that has printed `ready`. Its three streams are pipes of bytes."""
        process = subprocess.Popen([*through, *self.command(*arguments)], cwd=self.folder, env=self.environment(preload, **variables),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._started.append(process)
        assert process.stdout.readline() == b"ready\n", process.stderr.read().decode(errors="replace")
        return process

    def kill(self, process, number=signal.SIGKILL):
        """Kills a started program, and waits. This process does not have the library, so the program is not asked."""
        process.send_signal(number)
        process.wait(timeout=DEADLINE)

    def coverage(self, *arguments, preload=True, status=0, cwd=None, **variables):
        """The CompletedProcess of `coverage *arguments`, which has to end with `status`, unless that is None."""
        done = subprocess.run([str(self.stack.python), "-m", "coverage", *map(str, arguments)], cwd=cwd or self.folder,
                              env=self.environment(preload, **variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return done

    def combine(self, preload=True, **variables):
        """Combines the data of this folder into a new .coverage: file -> what combine_and_show.py says of the file.

        The output of combine is kept in `said`.
        """
        (self.folder / ".coverage").unlink(missing_ok=True)
        done = subprocess.run([str(self.stack.python), str(HERE / "combine_and_show.py")], cwd=self.folder,
                              env=self.environment(preload, **variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        assert done.returncode == 0, done.stderr
        self.said = done.stdout + done.stderr
        data = json.loads((self.folder / "shown.json").read_text())["data"] or {"files": {}}
        return {os.path.relpath(eval(name), self.folder): told for name, told in data["files"].items()}

    def lines(self, name, context="", **variables):
        """The lines of one file that were measured in a context, after combine(); None if the file was not measured."""
        told = self.combine(**variables).get(name)
        return told and told["contexts"].get(context, [[]])[0]

    def journals(self, folder="/dev/shm"):
        """The paths of the journals of this folder's data file, sorted."""
        return journals_of(self.folder / ".coverage", folder)

    def close(self):
        """Kills the programs that still run, and removes the journals that are left."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        for journal in self.journals():
            journal.unlink()


@pytest.fixture
def place(request, libcovenv, tmp_path):
    """A Place on the newest coverage, unless the test names another stack as its parameter."""
    place = Place(tmp_path, getattr(request, "param", Stack(NEWEST)), libcovenv)
    yield place
    place.close()


def compiled(tmp_path_factory, name, *options):
    """The path of the program or library that gcc has made of a source of this folder."""
    made = tmp_path_factory.mktemp("compiled") / Path(name).stem
    subprocess.run(["gcc", "-O1", "-o", made, HERE / name, *options], check=True)
    return made


@pytest.fixture(scope="session")
def crashes(tmp_path_factory):
    """The path of crashes.c's library."""
    return compiled(tmp_path_factory, "crashes.c", "-shared", "-fPIC", "-w")


@pytest.fixture(scope="session")
def static_kill(tmp_path_factory):
    """The path of static_kill.c's program, which is static, so that nothing can be preloaded into it."""
    return compiled(tmp_path_factory, "static_kill.c", "-static")
