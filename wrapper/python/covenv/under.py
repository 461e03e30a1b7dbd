# SPDX-License-Identifier: MIT
"""The same program again, under covenv."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

# The process below is the second try: if it is not under covenv either, a third would not help.
TRIED = "_COVENV_PYTEST"
NOT_LOADED = "the library is not loaded by this Python, which may be static or of another machine"


class Refused(Exception):
    """Why this process cannot become one under covenv, and what to do."""


def why_never():
    """Why covenv cannot work on this platform, None if it can."""
    return None if sys.platform == "linux" else f"covenv works on Linux alone, and this is {sys.platform}"


def is_under():
    """Whether the library is in this process."""
    try:
        maps = Path("/proc/self/maps").read_bytes()
    except OSError:
        return False
    return any(line.endswith(b"/libcovenv.so") for line in maps.splitlines())


def is_disabled():
    return os.environ.get("COVENV_DISABLE", "").lower() not in ("", "0", "false", "no", "off")


def set_here(variable):
    """Whether this process has set the variable, and did not inherit it."""
    entry = os.fsencode(f"{variable}={os.environ.get(variable)}")
    return variable in os.environ and entry not in Path("/proc/self/environ").read_bytes().split(b"\0")


def program():
    """The covenv that came with this package, else the one on PATH."""
    beside = Path(__file__).resolve().parent.parent / "bin"  # pip install --target
    for folder in sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user"), beside:
        found = shutil.which("covenv", path=str(folder))
        if found:
            return found
    found = shutil.which("covenv")
    if not found:
        raise Refused("there is no covenv beside this Python or on PATH: for machines without a wheel of their own, "
                      "pip install --no-binary covenv covenv compiles it")
    return found


def command_line():
    """The interpreter, its options, and everything behind."""
    arguments = getattr(sys, "orig_argv", None)
    if arguments is None:  # before Python 3.10
        arguments = [os.fsdecode(part) for part in Path("/proc/self/cmdline").read_bytes().split(b"\0")[:-1]]
    if len(arguments) < 2 or arguments[1] == "-":
        raise Refused("this Python has its program from standard input, which is read: write covenv run -- before it")
    return [sys.executable or arguments[0], *arguments[1:]]


def see_that_it_can_run():
    """Once this process has become `covenv run`, a reason against it would end the suite, or leave nothing kept."""
    looks = "import sys; sys.path.insert(0, sys.argv[1]); from covenv.under import is_under; sys.exit(not is_under())"
    tried = subprocess.run(
        [program(), "run", "--quiet", "--", sys.executable, "-ISc", looks, str(Path(__file__).resolve().parent.parent)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    if tried.returncode:
        raise Refused(os.fsdecode(tried.stderr).strip().replace("\n", " ") or NOT_LOADED)


def become():
    """Returns only by an exception; this process becomes `covenv run`, and below it the program starts anew."""
    if os.environ.pop(TRIED, None):
        raise Refused(NOT_LOADED)
    if set_here("PYTEST_CURRENT_TEST"):
        raise Refused("this pytest runs inside a test: use --covenv on the outer one")
    if set_here("PYTEST_XDIST_WORKER"):
        raise Refused("this pytest-xdist worker is started by a machine that has no covenv")
    see_that_it_can_run()
    # Without --quiet, because a pytest that is killed or leaves by os._exit() has no terminal report.
    command = [program(), "run", "--", *command_line()]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, {**os.environ, TRIED: "1"})
