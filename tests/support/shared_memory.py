# SPDX-License-Identifier: MIT
"""A /dev/shm that only this process and the processes below it use."""

import ctypes
import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path("/dev/shm")
NEW_MOUNTS = 1 << 17
PRIVATE, AND_BELOW = 1 << 18, 1 << 14


def make_own():
    """Moves this process into a mount namespace of its own, with an empty /dev/shm. Needs root, else UsageError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS) != 0 or libc.mount(b"none", b"/", None, PRIVATE | AND_BELOW, None) != 0:
        raise pytest.UsageError(f"no mount namespace: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "none", FOLDER], check=True)


def journals(folder=FOLDER):
    """The paths of covenv's journals in `folder`, sorted."""
    return sorted(folder.glob(".covenv-j-*"))
