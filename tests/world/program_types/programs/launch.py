# SPDX-License-Identifier: MIT
"""Becomes a program in an unusual way: launch.py WAY PROGRAM ARGUMENTS...; each gives it a new environment."""

import os
import shutil
import sys

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "GIVEN": "1"}


def by_descriptor(command):
    """fexecve() of a descriptor that the exec closes."""
    os.execve(os.open(command[0], os.O_RDONLY | os.O_CLOEXEC), command, ENVIRONMENT)


def by_path_descriptor(command):
    os.execve(os.open(command[0], os.O_PATH | os.O_CLOEXEC), command, ENVIRONMENT)


def by_proc_name(command):
    os.execve(f"/proc/self/fd/{os.open(command[0], os.O_RDONLY)}", command, ENVIRONMENT)


def by_dev_name(command):
    os.execve(f"/dev/fd/{os.open(command[0], os.O_RDONLY)}", command, ENVIRONMENT)


def from_memory(command):
    copy = os.memfd_create("copy")
    with open(command[0], "rb") as file:
        os.write(copy, file.read())
    os.execve(copy, command, ENVIRONMENT)


def deleted(command):
    copy = f"{command[0]}-{os.getpid()}"
    shutil.copy(command[0], copy)
    file = os.open(copy, os.O_RDONLY | os.O_CLOEXEC)
    os.unlink(copy)
    os.execve(file, command, ENVIRONMENT)


globals()[sys.argv[1]](sys.argv[2:])
