# SPDX-License-Identifier: MIT
"""Ways to start a JVM with JaCoCo's agent in it, and how a run's data are read."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jacoco

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "runtimes"))
from runtimes import Runtime, run  # noqa: E402

PROGRAMS = HERE / "programs"
BY_JACOCO = ("terminate()", "SIGINT", "SIGHUP")


@dataclass
class Machine(Runtime):
    """A Runtime with JaCoCo's agent. by_itself: the ends at which JaCoCo writes, also without covenv."""

    by_itself: tuple = ()


def java():
    found = shutil.which("java")
    assert found, "java is missing: scripts/test installs it"
    return os.path.realpath(found)


def home():
    return Path(java()).parents[1]


def compiled(folder):
    """The programs' classes, in a folder that all machines share."""
    classes = folder.parent / "classes"
    if not classes.exists():
        # The option lets a program use sun.misc.Signal.
        run("javac", "-g", "-XDignore.symbol.file", "-d", classes, *PROGRAMS.glob("*.java"))
    return classes


def agent(folder):
    return f"-javaagent:{jacoco.jar('agent')}=destfile={folder}/jacoco.exec"


def script(folder, *command):
    path = folder / "server"
    path.write_text(f"#!/bin/sh\nexec {' '.join(command)}\n")
    path.chmod(0o755)
    return path


def by_launcher(*options):
    """The agent is named by a variable."""

    def build(folder):
        return script(folder, java(), *options, "-cp", shlex.quote(str(compiled(folder))), "Server")

    return build


def by_argument(folder):
    """The agent is named in the command line, as Maven's argLine does."""
    options = [f"-javaagent:{jacoco.jar('agent')}=destfile=jacoco.exec", "-cp", shlex.quote(str(compiled(folder)))]
    return script(folder, java(), *options, "Server")


def by_file(folder):
    """The agent is named in a file of arguments."""
    options = f'-javaagent:{jacoco.jar("agent")}=destfile=jacoco.exec\n-cp "{compiled(folder)}"\n'
    (folder / "arguments").write_text(options)
    return script(folder, java(), f"@{folder}/arguments", "Server")


def by_program(folder):
    """A program in C that is linked to libjvm."""
    libraries = home() / "lib" / "server"
    run("gcc", "-o", folder / "launcher", PROGRAMS / "launcher.c", f"-I{home()}/include", f"-I{home()}/include/linux",
        f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-ljvm")
    return script(folder, str(folder / "launcher"), str(compiled(folder)))


def counts(folder, _):
    """{(class, probe): whether it was reached} of the class that is measured; {} if there is nothing."""
    data = folder / "jacoco.exec"
    if not data.exists():
        return {}
    return dict(enumerate(jacoco.probes(data)[0].get("Work", [])))


def variable(name):
    return lambda folder: {name: agent(folder)}


OPTIONS = {
    "variables": variable("JAVA_TOOL_OPTIONS"),
    "counts": counts,
    "ends": ("_exit", "raise", "exec"),
    "by_itself": BY_JACOCO,
    "is_talkative": True,
}
MACHINES = {
    "JAVA_TOOL_OPTIONS": Machine(by_launcher(), **OPTIONS),
    "JDK_JAVA_OPTIONS": Machine(by_launcher(), **OPTIONS | {"variables": variable("JDK_JAVA_OPTIONS")}),
    "an argument": Machine(by_argument, **OPTIONS | {"variables": lambda folder: {}}),
    "a file of arguments": Machine(by_file, **OPTIONS | {"variables": lambda folder: {}}),
    "a program in C": Machine(by_program, **OPTIONS),
    "Serial, 32 MB": Machine(by_launcher("-XX:+UseSerialGC", "-Xmx32m"), **OPTIONS),
    "Parallel": Machine(by_launcher("-XX:+UseParallelGC"), **OPTIONS),
    "ZGC": Machine(by_launcher("-XX:+UseZGC"), **OPTIONS),
    "-Xint": Machine(by_launcher("-Xint"), **OPTIONS),
    "-Xrs": Machine(by_launcher("-Xrs"), **OPTIONS | {"by_itself": ()}),
}


class Programs:
    """Servers in `folder`. A call with the name of a machine returns the path of its server, which is built once."""

    def __init__(self, folder):
        self._folder = folder
        self._built = {}

    def classes(self):
        return compiled(self._folder / "any")

    def __call__(self, name):
        if name not in self._built:
            own = self._folder / f"machine-{len(self._built)}"
            own.mkdir()
            self._built[name] = MACHINES[name].build(own)
        return self._built[name]


def merged_report(folder, classes):
    """The covered lines of Work as JaCoCo's own tools tell them, of the folder's data merged with themselves."""
    data = folder / "jacoco.exec"
    tool = [java(), "-jar", jacoco.jar("cli")]
    run(*tool, "merge", data, data, "--destfile", folder / "merged.exec")
    run(*tool, "report", folder / "merged.exec", "--classfiles", classes / "Work.class", "--csv", folder / "lines.csv")
    names, values = (line.split(",") for line in (folder / "lines.csv").read_text().splitlines())
    return int(dict(zip(names, values, strict=True))["LINE_COVERED"])


def subprocess_of(program, variables, **how):
    """The server, ready."""
    server = subprocess.Popen([program], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **how)
    assert server.stdout.readline() == b"ready\n"
    return server
