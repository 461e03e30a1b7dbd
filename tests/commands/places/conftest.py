# SPDX-License-Identifier: MIT
"""covenv in a folder of any name, and on file systems that take nothing."""

import os
import shutil
import subprocess

import pytest
import shared_memory


def variables(**more):
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))} | more


def run(*command, env=None, cwd=None):
    """The CompletedProcess of a command, whatever its status."""
    return subprocess.run(
        command,
        env=env or variables(),
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        check=False,
    )


def in_namespace(mounts, *command):
    """The command in a mount namespace in which these shell commands have run."""
    return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", *command]


class Place:
    """A folder with the programs and the library."""

    def __init__(self, folder, covenv, sigforward, libcovenv):
        for room, files in (("bin", (covenv, sigforward)), ("lib", (libcovenv,))):
            (folder / room).mkdir(parents=True)
            for file in files:
                shutil.copy(file, folder / room)
        self.folder = folder
        self.covenv = folder / "bin" / "covenv"
        self.sigforward = folder / "bin" / "sigforward"
        self.library = folder / "lib" / "libcovenv.so"

    def links(self, below="/dev/shm"):
        """The links to this library that are there."""
        found = subprocess.run(
            ["find", below, "-maxdepth", "2", "-lname", "*libcovenv.so", "-printf", r"%l\0%p\0"],
            capture_output=True,
            check=False,
        ).stdout.split(b"\0")
        return [
            os.fsdecode(link)
            for target, link in zip(found[::2], found[1::2], strict=False)
            if target == os.fsencode(self.library)
        ]


@pytest.fixture
def place(tmp_path, covenv, sigforward, libcovenv):
    """A function: the Place in a folder of this name."""
    return lambda name="my project": Place(tmp_path / name, covenv, sigforward, libcovenv)


@pytest.fixture(scope="session")
def own_memory():
    """Nothing in /dev/shm is another process's from here on."""
    shared_memory.make_own()
