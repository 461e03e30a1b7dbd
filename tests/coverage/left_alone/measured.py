# SPDX-License-Identifier: MIT
"""Servers that are measured by what covenv does not know, and what a normal end leaves of their coverage.

build(folder) makes the server in the folder, and returns its command line. It writes into its current folder.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from dotnet import dotnet_command
from tools import run

PROGRAMS = Path(__file__).resolve().parent / "programs"
TOOLS = Path(__file__).resolve().parents[3] / "build" / "left_alone"


def openclover(folder):
    (jar,) = (TOOLS / "clover").glob("*.jar")
    counted = folder / "counted"
    instrument = ["java", "-cp", jar, "com.atlassian.clover.CloverInstr", "-i", "clover.db", "-d", counted]
    run(*instrument, "-s", PROGRAMS, "-p", "directed", "--source", "8", PROGRAMS / "Server.java", cwd=folder)
    run("javac", "-nowarn", "-cp", jar, "-d", folder / "classes", counted / "Server.java")
    # The data lie beside the database, which has to be there.
    start = f'cp "{folder}/clover.db" . && exec "$0" -Dclover.initstring=clover.db -cp "$1" Server'
    return ["sh", "-c", start, shutil.which("java"), f"{jar}:{folder}/classes"]


def cobertura(folder):
    libraries = f"{TOOLS}/cobertura/*"
    run("javac", "-g", "--release", "8", "-nowarn", "-d", folder / "classes", PROGRAMS / "Server.java")
    instrument = ["java", "-cp", libraries, "net.sourceforge.cobertura.instrument.InstrumentMain"]
    run(*instrument, "--datafile", folder / "known.ser", "--destination", folder / "counted", folder / "classes")
    data = "-Dnet.sourceforge.cobertura.datafile=counts.ser"
    return [shutil.which("java"), data, "-cp", f"{folder}/counted:{libraries}", "Server"]


@dataclass
class Measured:
    """left(folder): whether the server has left its coverage in that folder."""

    build: object
    left: object


SERVERS = {
    # A file marks a process that runs.
    "OpenClover": Measured(
        openclover, lambda folder: any(path.suffix != ".liverec" for path in folder.glob("clover.db?*"))
    ),
    "Cobertura": Measured(cobertura, lambda folder: (folder / "counts.ser").exists()),
    # There is no coverlet here, whose code runs at ProcessExit.
    ".NET": Measured(lambda folder: dotnet_command(folder, PROGRAMS / "Server.cs"),
                     lambda folder: (folder / "ended-in-order").exists()),
}
