# SPDX-License-Identifier: MIT
"""Enough of Docker for a Dockerfile of a few lines: what it builds is a root (tests/support/root.py)."""

import re
import shlex
import shutil
from pathlib import Path

from root import Root

IMAGES = {"debian:11": "bullseye", "debian:12": "bookworm", "debian:13": "trixie", "debian:unstable": "sid"}


class Image:
    """What the instructions of `text` build of the files in `context`. `folder` (empty) is where the image is.

    Raises ValueError for an instruction that is not known here.
    """

    def __init__(self, text, context, folder):
        self._context, self._folder = context, folder
        self._variables, self._cwd = {}, "/"
        self.log = ""
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            getattr(self, f"_{word.lower()}", self._unknown)(rest)

    def run(self, command, env={}):
        """What a command of the shell prints, which has to succeed."""
        command = f"cd {shlex.quote(self._cwd)}\n{command}"
        return self._root.run("sh", "-ec", command, binds=[self._context], env=self._variables | env, online=True)

    def _unknown(self, rest):
        raise ValueError(f"an instruction that is not known: ... {rest}")

    def _from(self, image):
        self._root = Root(IMAGES[image], self._folder)
        # Docker's image has no modules but Debian's.
        self._root.run("sh", "-c", "rm -r /usr/local/lib/python3*")

    def _run(self, command):
        self.log += self.run(command)

    def _env(self, words):
        self._variables |= dict(word.split("=", 1) for word in shlex.split(words))

    def _workdir(self, folder):
        self._cwd = folder

    def _sources(self, words):
        *sources, target = words.split()
        found = [path for source in sources for path in self._context.glob(source)]
        if not found:
            raise ValueError(f"no such file: {sources}")
        return found, target

    def _copy(self, words):
        """Of a folder its files, as COPY does."""
        for path in self._sources(words)[0]:
            target = words.split()[-1]
            self.run(f"mkdir -p {target}; cp -r {path}{'/.' if path.is_dir() else ''} {target}")

    def _add(self, words):
        """An archive is unpacked, as ADD does."""
        (archive,), target = self._sources(words)
        if not re.search(r"\.tar(\.\w+)?$", archive.name):
            raise ValueError(f"no archive: {archive}")
        own = Path(self._folder) / "own" / target.lstrip("/")
        own.mkdir(parents=True, exist_ok=True)
        shutil.unpack_archive(archive, own)
