# SPDX-License-Identifier: MIT
"""The same program again, under covenv."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

# The process below is the second try: if it is not under covenv either, a third would not help.
TRIED = "_COVENV_PYTEST"
# As pip, Debian and the IDEs name them.
PYTEST_SCRIPTS = r"(pytest|py\.test)(-3(\.\d+)?)?|_jb_pytest_runner\.py|run_pytest_script\.py"
COVERAGE_SCRIPTS = r"coverage(-?3(\.\d+)?)?|python3(\.\d+)?-coverage"
NOT_PYTEST = ("a program that calls pytest would run twice, from its start: write covenv run -- before the command "
              "instead of --covenv")
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


def recorded_folders(site):
    """Where the installer of the package in the folder `site` says that it has put covenv."""
    for info in site.glob("covenv-*.dist-info"):
        for file in importlib.metadata.PathDistribution(info).files or ():
            if file.parts[-2:] == ("bin", "covenv"):  # not the completion of that name
                yield os.path.realpath(site / file.parent)


def program():
    """The covenv that came with this package, else the one on PATH."""
    # Without resolving links, because the files of a package may be links into a cache (uv).
    site = Path(os.path.abspath(__file__)).parent.parent
    beside = site / "bin"  # pip install --target, which leaves the record of another place
    environment = sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")
    for folder in beside, *recorded_folders(site), *environment:
        found = os.path.join(folder, "covenv")
        if os.path.isfile(found) and os.access(found, os.X_OK):
            return found
    found = shutil.which("covenv")
    if not found and not site.is_dir():
        raise Refused(f"{site} is an archive, from which no program can be started: install covenv into a folder")
    if not found:
        raise Refused("there is no covenv beside this Python or on PATH: for machines without a wheel of their own, "
                      "pip install --no-binary covenv covenv compiles it")
    return found


def interpreter_arguments():
    arguments = getattr(sys, "orig_argv", None)
    if arguments is None:  # before Python 3.10
        arguments = [os.fsdecode(part) for part in Path("/proc/self/cmdline").read_bytes().split(b"\0")[:-1]]
    return arguments[1:]


def program_of(arguments):
    """What Python runs if it has these arguments: ["-m", module], ["-c", text], ["-"] or [file]."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return rest[:1] or ["-"]
        if word == "-" or not word.startswith("-"):
            return [word]
        letter, value = re.match("-[^cmWX-]*([cmWX]?)(.*)", word, re.DOTALL).groups()
        if letter in ("c", "m"):
            return ["-" + letter, value or "".join(rest[:1])]
        if word == "--check-hash-based-pycs" or (letter and not value):
            del rest[:1]
    return ["-"]


def is_file_of(names, file):
    """Whether this is a file of one of these names, and can be read once more: a pipe cannot."""
    return re.fullmatch(names, os.path.basename(file)) is not None and os.path.isfile(file)


def is_pytest():
    """Whether this process runs pytest, and has run nothing before that must not run twice."""
    program = program_of(interpreter_arguments())
    if program == ["-m", "coverage"] or is_file_of(COVERAGE_SCRIPTS, program[0]):
        main = getattr(sys.modules["__main__"], "__file__", None) or ""
        return is_file_of(PYTEST_SCRIPTS, main) or main.endswith("/pytest/__main__.py")
    return program in (["-m", "pytest"], ["-m", "py.test"]) or is_file_of(PYTEST_SCRIPTS, program[0])


def see_that_it_can_run(command):
    """Once this process has become `covenv run`, a reason against it would end the suite, or leave nothing kept."""
    looks = "import sys; sys.path.insert(0, sys.argv[1]); from covenv.under import is_under; sys.exit(not is_under())"
    package = str(Path(__file__).resolve().parent.parent)
    # With more arguments than the command has, because covenv adds variables, and both have one limit.
    tried = subprocess.run(
        [program(), "run", "--quiet", "--", sys.executable, "-ISc", looks, package, "x" * 4096, *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    if tried.returncode:
        raise Refused(os.fsdecode(tried.stderr).strip().replace("\n", " ") or NOT_LOADED)


def become(folder):
    """Returns only by an exception; this process becomes `covenv run`, and below it pytest starts anew.

    `folder` is the one in which this pytest has started."""
    if os.environ.pop(TRIED, None):
        raise Refused(NOT_LOADED)
    if set_here("PYTEST_CURRENT_TEST"):
        raise Refused("this pytest runs inside a test: use --covenv on the outer one")
    if set_here("PYTEST_XDIST_WORKER"):
        raise Refused("this pytest-xdist worker is started by a machine that has no covenv")
    if not is_pytest():
        raise Refused(NOT_PYTEST)
    if Path.cwd() != Path(folder):
        raise Refused(f"a plugin has left the folder {folder}: write covenv run -- before the command")
    arguments = interpreter_arguments()
    see_that_it_can_run(arguments)
    # Without --quiet, because a pytest that is killed or leaves by os._exit() has no terminal report.
    command = [program(), "run", "--", sys.executable, *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, {**os.environ, TRIED: "1"})
