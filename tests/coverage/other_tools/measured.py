# SPDX-License-Identifier: MIT
"""Servers that are measured by tools beside the usual ones, and what an end leaves of their coverage.

build(folder) makes the server in the folder, and returns its command line. It writes into its current folder.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from dotnet import dotnet_command
from tools import run

PROGRAMS = Path(__file__).resolve().parent / "programs"
TOOLS = Path(__file__).resolve().parents[3] / "build" / "other_tools"
JAVA = shutil.which("java")
LINES_OF_WORK = range(8, 13)


def compile_server(folder, source=PROGRAMS / "Server.java", *options):
    run("javac", "-g", "--release", "8", "-nowarn", *options, "-d", folder / "classes", source)
    return folder / "classes"


def counts(report, line):
    """The count of each line of work() in the report of the tool's own code, in which a line looks like the pattern."""
    found = {int(match["line"]): match["count"] for match in re.finditer(line, report)}
    return {line: found[line] for line in LINES_OF_WORK if line in found}


def clover_jar():
    (jar,) = (TOOLS / "clover").glob("*.jar")
    return jar


def openclover(folder):
    jar, counted = clover_jar(), folder / "counted"
    instrument = [JAVA, "-cp", jar, "com.atlassian.clover.CloverInstr", "-i", "clover.db", "-d", counted]
    run(*instrument, "-s", PROGRAMS, "-p", "directed", "--source", "8", PROGRAMS / "Server.java", cwd=folder)
    classes = compile_server(folder, counted / "Server.java", "-cp", jar)
    # The data lie beside the database, which has to be there.
    start = f'cp "{folder}/clover.db" . && exec "$0" -Dclover.initstring=clover.db -cp "$1" Server'
    return ["sh", "-c", start, JAVA, f"{jar}:{classes}"]


def openclover_counts(folder):
    # A file marks a process that runs.
    if not any(path.suffix != ".liverec" for path in folder.glob("clover.db?*")):
        return {}
    report = [JAVA, "-cp", clover_jar(), "com.atlassian.clover.reporters.xml.XMLReporter"]
    run(*report, "-l", "-i", "clover.db", "-o", "report.xml", cwd=folder)
    return counts((folder / "report.xml").read_text(), r'<line[^>]* num="(?P<line>\d+)"[^>]* count="(?P<count>\d+)"')


def cobertura(folder):
    libraries = f"{TOOLS}/cobertura/*"
    classes = compile_server(folder)
    instrument = [JAVA, "-cp", libraries, "net.sourceforge.cobertura.instrument.InstrumentMain"]
    run(*instrument, "--datafile", folder / "known.ser", "--destination", folder / "counted", classes)
    data = "-Dnet.sourceforge.cobertura.datafile=counts.ser"
    return [JAVA, data, "-cp", f"{folder}/counted:{libraries}", "Server"]


def cobertura_counts(folder):
    if not (folder / "counts.ser").exists():
        return {}
    report = [JAVA, "-cp", f"{TOOLS}/cobertura/*", "net.sourceforge.cobertura.reporting.ReportMain"]
    run(*report, "--format", "xml", "--datafile", "counts.ser", "--destination", ".", PROGRAMS, cwd=folder)
    return counts((folder / "coverage.xml").read_text(), r'<line number="(?P<line>\d+)" hits="(?P<count>\d+)"')


def kover_jar():
    (jar,) = (TOOLS / "kover").glob("*.jar")
    return jar


def kover(folder):
    settings = folder / "kover.args"
    settings.write_text("report.file=kover.ic\nreport.append=true\n")
    return [JAVA, f"-javaagent:{kover_jar()}=file:{settings}", "-cp", compile_server(folder), "Server"]


def kover_counts(folder):
    # The agent makes an empty file at its start.
    data = folder / "kover.ic"
    if not data.exists() or data.stat().st_size == 0:
        return {}
    printed = run(JAVA, "-cp", kover_jar(), Path(__file__).with_name("KoverReport.java"), data)
    return counts(printed, r"(?P<line>\d+) (?P<count>\d+)")


@dataclass
class Measured:
    """counts(folder): the counts of lines that the server has left in that folder."""

    build: object
    counts: object


def dotnet(folder):
    return dotnet_command(folder, PROGRAMS / "Server.cs")


def dotnet_counts(folder):
    return {"ended": True} if (folder / "ended-in-order").exists() else {}


def coverlet(folder):
    return dotnet_command(folder, PROGRAMS / "Server.cs", PROGRAMS / "Tracker.cs", "-define:COVERLET")


def coverlet_counts(folder):
    hits = folder / "hits"
    return {"work": hits.read_text()} if hits.exists() else {}


JVM = {
    "OpenClover": Measured(openclover, openclover_counts),
    "Cobertura": Measured(cobertura, cobertura_counts),
    "Kover": Measured(kover, kover_counts),
}
DOTNET = {
    "coverlet": Measured(coverlet, coverlet_counts),
    ".NET": Measured(dotnet, dotnet_counts),
}
