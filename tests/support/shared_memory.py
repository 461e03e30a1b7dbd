# SPDX-License-Identifier: MIT
"""A /dev/shm for this process and the processes that it starts, which no other process uses."""

import ctypes
import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path("/dev/shm")
NEW_MOUNTS = 1 << 17
PRIVATE, AND_BELOW = 1 << 18, 1 << 14


def make_own():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS) != 0 or libc.mount(b"none", b"/", None, PRIVATE | AND_BELOW, None) != 0:
        raise pytest.UsageError(f"no mount namespace: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "none", FOLDER], check=True)


def journals(folder=FOLDER):
    return sorted(folder.glob(".covenv-j-*"))
