# SPDX-License-Identifier: MIT
"""Where everything is that is measured, and what the groups share."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROGRAMS = ROOT / "scripts/bench/programs"


@dataclass(frozen=True)
class Place:
    folder: Path  # temporary
    build: Path
    quick: bool

    @property
    def library(self):
        return self.build / "lib/libcovenv.so"

    @property
    def covenv(self):
        return self.build / "bin/covenv"

    @property
    def sigforward(self):
        return self.build / "bin/sigforward"

    def python(self, stack="pytest-cov-7"):
        """One that has pytest-cov, of scripts/lib/venvs.sh."""
        return ROOT / f"build/venvs/{stack}/bin/python"

    @contextlib.contextmanager
    def journals(self):
        """A folder in memory, as where journals are by default, for those of one sample."""
        with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="covenv-bench-") as folder:
            yield Path(folder)

    def compiled(self, name):
        """The program from programs/NAME.cc."""
        program = self.folder / name
        if not program.exists():
            subprocess.run(["c++", "-std=c++20", "-O2", "-o", program, PROGRAMS / f"{name}.cc"], check=True)
        return program

    def empty_library(self):
        """A library with nothing in it, of the compiler's default options."""
        library = self.folder / "libempty.so"
        if not library.exists():
            subprocess.run(["cc", "-x", "c", "-shared", "-fPIC", "-o", library, "/dev/null"], check=True)
        return library


def clean_environment():
    """This process's, without what would be carried, or preloaded."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}


def printed_number(command, env=None, **options):
    """Runs a program that prints what it measured."""
    done = subprocess.run(list(map(str, command)), env=env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options)
    return int(done.stdout)


def installed(*patterns):
    """The first that exists: a command, or a pattern of a path."""
    for pattern in patterns:
        found = shutil.which(pattern) or next(iter(glob.glob(pattern)), None)
        if found:
            return found
    return None
