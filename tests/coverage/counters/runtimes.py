# SPDX-License-Identifier: MIT
"""Compilers that put counters into programs: how a server is built, where its counts go, and how they are read."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import profraw
from tools import add, run

PROGRAMS = Path(__file__).resolve().parent / "programs"
# Go compiles its library once for each kind of program.
GO_CACHE = Path(__file__).resolve().parents[3] / "build" / "go-cache"
# Beside a stripped server: the same with its symbols.
WHOLE = "whole"


@dataclass
class Runtime:
    """One way to build the server.

    build(folder): makes the program, and returns its path. variables(folder): what tells the runtime to write below the
    folder. read(folder, program): {place in the measured file: how often it ran}, summed over all that is there; {} if
    there is nothing. data: the names of the files that it reads. lacks: ends that the server does not have, or that do
    not end it. lost: ends for which nothing is kept. is_talkative: it writes to stderr when a signal ends it.
    """

    build: object
    variables: object
    read: object
    data: str
    lacks: tuple = ()
    lost: tuple = ("crash",)
    is_talkative: bool = False
    known: dict = field(default_factory=dict)

    def counts(self, folder, program):
        """As read(), but each set of files only once, because most cells of the matrix leave the same bytes."""
        key = (program, *sorted(file.read_bytes() for file in folder.rglob(self.data)))
        if key not in self.known:
            self.known[key] = self.read(folder, program)
        return self.known[key]


def c_program(compiler, *flags, strip=False, library=None):
    """library: None, or the flags of the program that is linked to a counted library."""

    def build(folder):
        sources = [PROGRAMS / "work.cc", PROGRAMS / "server.cc"]
        # Relative names of sources, because gcov's data name the folder in which the compiler ran.
        for source in [*sources, PROGRAMS / "work.h"]:
            shutil.copy(source, folder)
        # The server has threads: then gcc counts atomically.
        common = [compiler, "-g", "-pthread", *flags]
        if library is not None:
            run(*common, "-fPIC", "-shared", "-o", "libwork.so", "work.cc", cwd=folder)
            linked = ["-L.", "-lwork", f"-Wl,-rpath,{folder}"]
            run(compiler, "-g", *library, "-o", "server", "server.cc", *linked, cwd=folder)
        else:
            for source in ("work", "server"):
                run(*common, "-c", f"{source}.cc", "-o", f"{source}.o", cwd=folder)
            run(*common, "-o", "server", "work.o", "server.o", cwd=folder)
        if strip:
            (folder / "server").rename(folder / WHOLE)
            run("strip", "-o", folder / "server", folder / WHOLE)
        return folder / "server"

    return build


def gcov_counts(*tool, lines):
    """The tool is told to write to stdout; lines(text) gives pairs of line and count of the text."""

    def counts(folder, program):
        total = {}
        for data in sorted(folder.rglob("*work.gcda")):
            # The tools look beside the data for the notes, and for the source.
            shutil.copy(next(program.parent.glob("*work.gcno")), data.with_suffix(".gcno"))
            shutil.copy(PROGRAMS / "work.cc", data.parent)
            add(total, lines(run(*tool, data.name, cwd=data.parent)))
        return total

    return counts


def lines_of_json(text, source="work.cc"):
    for file in json.loads(text)["files"]:
        if file["file"].endswith(source):
            yield from ((line["line_number"], line["count"]) for line in file["lines"])


def lines_of_text(text):
    """"   count:  line:source", as llvm-cov gcov writes them."""
    for line in text.splitlines():
        count, number, *_ = (part.strip() for part in line.split(":", 2))
        if count.rstrip("*").isdigit() or count == "#####":
            yield int(number), 0 if count == "#####" else int(count.rstrip("*"))


def llvm_counts(folder, _):
    total = {}
    for file in folder.rglob("*.profraw"):
        for functions in profraw.profiles(file.read_bytes()):
            for name, counters in functions.items():
                if any(part in name for part in ("work", "odd_or_even", "never_called")):
                    add(total, (((name, place), count) for place, count in enumerate(counters)))
    return total


def rust_program(*flags, strip=False):
    def build(folder):
        flags_of_strip = ["-C", "strip=symbols"] if strip else []
        run("rustc", "-C", "instrument-coverage", *flags, *flags_of_strip, "-o", folder / "server", PROGRAMS / "server.rs",
            LLVM_PROFILE_FILE="/dev/null")
        return folder / "server"

    return build


def go_program(*flags, strip=False, **variables):
    def build(folder):
        settings = {"GOFLAGS": "", "GOTOOLCHAIN": "local", "GOCACHE": str(GO_CACHE), **variables}
        for name, more in [(WHOLE, []), ("server", ["-ldflags=-s -w"])] if strip else [("server", [])]:
            command = ["go", "build", "-cover", "-covermode=count", *flags, *more, "-o", folder / name, "."]
            run(*command, cwd=PROGRAMS / "goserver", **settings)
        return folder / "server"

    return build


def go_counts(folder, _):
    if not list(folder.glob("covcounters.*")):
        return {}
    text = folder / "counts.txt"
    run("go", "tool", "covdata", "textfmt", f"-i={folder}", f"-o={text}")
    total = {}
    for line in text.read_text().splitlines()[1:]:
        block, _, count = line.split(" ")
        if block.startswith("goserver/work.go"):
            add(total, [(block, int(count))])
    return total


# A static program has no library of ours in it.
OWN = ("_exit", "_Exit", "quick_exit", "abort", "raise", "kill self", "exec", "crash")
STATIC = {"lost": OWN}
# gcc puts a dump of its own before each exec.
STATIC_GCC = {"lost": tuple(end for end in OWN if end != "exec")}
GCC = {
    "variables": lambda folder: {"GCOV_PREFIX": str(folder)},
    "read": gcov_counts("gcov-12", "--stdout", "--json-format", lines=lines_of_json),
    "data": "*work.gcda",
}
CLANG_GCOV = {**GCC, "read": gcov_counts("llvm-cov-14", "gcov", "-t", lines=lines_of_text)}
LLVM = {
    "variables": lambda folder: {"LLVM_PROFILE_FILE": f"{folder}/%p.profraw"}, "read": llvm_counts, "data": "*.profraw",
}
GO = {
    "variables": lambda folder: {"GOCOVERDIR": str(folder)}, "read": go_counts, "data": "cov*.*",
    "lacks": ("SIGUSR1", "_Exit", "quick_exit", "abort"), "lost": ("_exit", "raise", "kill self", "exec", "crash"),
    "is_talkative": True,
}
UNCLEAR = ("terminate()", "SIGINT", "SIGHUP", "SIGABRT", "killpg(), TERM", "sigforward")
GO_STRIPPED = {**GO, "lost": (*UNCLEAR, *GO["lost"])}
LLVM_FLAGS = ["-fprofile-instr-generate", "-fcoverage-mapping"]

RUNTIMES = {
    "gcc": Runtime(c_program("g++-12", "--coverage"), **GCC),
    "gcc, static": Runtime(c_program("g++-12", "--coverage", "-static"), **GCC | STATIC_GCC),
    "gcc, stripped": Runtime(c_program("g++-12", "--coverage", strip=True), **GCC),
    "gcc, library": Runtime(c_program("g++-12", "--coverage", library=["--coverage"]), **GCC),
    "gcc, library alone": Runtime(c_program("g++-12", "--coverage", library=[]), **GCC),
    "clang": Runtime(c_program("clang++-14", *LLVM_FLAGS), **LLVM),
    "clang, static": Runtime(c_program("clang++-14", *LLVM_FLAGS, "-static"), **LLVM | STATIC),
    "clang, stripped": Runtime(c_program("clang++-14", *LLVM_FLAGS, strip=True), **LLVM),
    "clang, library": Runtime(c_program("clang++-14", *LLVM_FLAGS, library=LLVM_FLAGS), **LLVM),
    "clang, library alone": Runtime(c_program("clang++-14", *LLVM_FLAGS, library=[]), **LLVM),
    "clang, gcov": Runtime(c_program("clang++-14", "--coverage"), **CLANG_GCOV),
    "clang, gcov, -O2": Runtime(c_program("clang++-14", "--coverage", "-O2"), **CLANG_GCOV),
    "clang, gcov, -O2, stripped": Runtime(c_program("clang++-14", "--coverage", "-O2", strip=True), **CLANG_GCOV),
    "Rust": Runtime(rust_program(), **LLVM),
    "Rust, static": Runtime(rust_program("-C", "target-feature=+crt-static"), **LLVM | STATIC),
    "Rust, stripped": Runtime(rust_program(strip=True), **LLVM),
    "Go": Runtime(go_program("-ldflags=-linkmode=external", CGO_ENABLED="1"), **GO),
    "Go, static": Runtime(go_program(CGO_ENABLED="0"), **GO),
    "Go, PIE": Runtime(go_program("-buildmode=pie"), **GO),
    "Go, stripped": Runtime(go_program(strip=True), **GO_STRIPPED),
}


def starter(folder):
    """A program with counters of its own that starts another."""
    run("g++-12", "--coverage", "-o", folder / "starter", PROGRAMS / "starter.cc", cwd=folder)
    return folder / "starter"


class Programs:
    """Servers in `folder`. A call with the name of a runtime returns the path of the server, which is built once."""

    def __init__(self, folder):
        self._folder = folder
        self._built = {}

    def __call__(self, name):
        if name not in self._built:
            own = self._folder / name.replace(", ", "-")
            own.mkdir()
            self._built[name] = RUNTIMES[name].build(own)
        return self._built[name]
