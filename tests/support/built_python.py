# SPDX-License-Identifier: MIT
"""A Python that Debian does not have: build/pythons/NAME, which scripts/test --full builds, on this machine."""

import os
from pathlib import Path

import pytest
from root import Root

PYTHONS = Path(__file__).resolve().parents[2] / "build" / "pythons"
NAMES = ("3.13t", "3.13-musl")


class BuiltPython(Root):
    """A Root that is this machine's own, in which `python3` is build/pythons/`name`."""

    def __init__(self, name):
        self.base = PYTHONS / name
        if not (self.base / ".stamp").exists():
            pytest.fail(f"{self.base} is missing: scripts/test --full makes it")
        self.path = f"PATH={self.base / 'bin'}:{os.environ['PATH']}"

    def words(self, *binds, online=False):
        """The words before a command, which has all files and the network of this machine."""
        return ["env", self.path]
