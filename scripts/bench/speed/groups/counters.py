# SPDX-License-Identifier: MIT
"""How long a kill of a large compiled program takes, whose counters are read and written before."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

from ..measure import MILLISECONDS, Measure, Subject
from ..place import PROGRAMS, clean_environment, printed_number

BARE = "kill(), nothing saved"
KEPT = "kill() under covenv"
_FUNCTIONS = 500  # of a unit
_BRANCHES = 60  # of a function


@dataclass(frozen=True)
class _Compiler:
    """`counted`: the command that puts counters into a program; `units`: how many there are in each program."""

    counted: tuple
    suffix: str
    units: tuple


_COMPILERS = {
    "gcc": _Compiler(("gcc", "--coverage"), "c", (1, 12, 80)),
    "clang": _Compiler(("clang-14", "-fprofile-instr-generate", "-fcoverage-mapping"), "c", (1, 10, 70)),
    "Go": _Compiler(("go", "build", "-cover"), "go", (1, 5)),
}
_GO = {"GOFLAGS": "", "GOTOOLCHAIN": "local"}
_C_MAIN = """
#include <unistd.h>
int main(void) {{
  char byte;
  {calls}
  if (write(1, "r", 1) != 1) return 1;
  while (read(0, &byte, 1) > 0) {{}}
  return 0;
}}
"""
_GO_MAIN = """package main
import "os"
func main() {{ {calls}; os.Stdout.WriteString("r"); os.Stdin.Read(make([]byte, 1)) }}
"""


def _unit(name, number):
    """A source with many functions, each of which runs."""
    if name == "Go":
        head, function = "package main\n", "func {}(n int) int {{\n{}\nreturn n }}"
        call, semicolon = "if n == {} {{ n += {} }}", ""
    else:
        head, function = "", "int {}(int n) {{\n{}\nreturn n; }}"
        call, semicolon = "if (n == {}) n += {};", ";"
    static = "" if name == "Go" else "static "
    names = [f"f{number}_{each}" for each in range(_FUNCTIONS)]
    branches = "\n".join(call.format(branch, branch % 7 + 1) for branch in range(_BRANCHES))
    functions = [static + function.format(own, branches) for own in names]
    calls = "\n".join(f"n = {own}(n){semicolon}" for own in names)
    return head + "\n".join([*functions, function.format(f"all{number:03}", calls)])


def _run(folder, *command, **variables):
    subprocess.run([str(word) for word in command], cwd=folder, check=True, env=clean_environment() | variables)


def _copied(folder, number):
    """Another unit, made of the first one's object, because a compiler takes minutes for a hundred of these."""
    copy = folder / f"unit{number:03}.o"
    copy.write_bytes((folder / "unit000.o").read_bytes().replace(b"/unit000.gcda", f"/unit{number:03}.gcda".encode()))
    _run(folder, "objcopy", "--redefine-sym", f"all000=all{number:03}", copy)


def _program(place, name, units):
    folder = place.folder / f"{name}-{units}"
    program = folder / "program"
    if program.exists():
        return program
    folder.mkdir()
    compiler = _COMPILERS[name]
    functions = [f"all{number:03}" for number in range(units)]
    if name == "Go":
        for number in range(units):
            (folder / f"unit{number}.go").write_text(_unit(name, number))
        (folder / "main.go").write_text(_GO_MAIN.format(calls="; ".join(f"{function}(0)" for function in functions)))
        (folder / "go.mod").write_text("module large\n\ngo 1.20\n")
        _run(folder, *compiler.counted, "-o", program, ".", **_GO)
        return program
    (folder / "unit000.c").write_text(_unit(name, 0))
    declared = "".join(f"int {function}(int);" for function in functions)
    calls = " ".join(f"{function}(0);" for function in functions)
    (folder / "main.c").write_text(declared + _C_MAIN.format(calls=calls))
    _run(folder, *compiler.counted, "-c", "main.c", folder / "unit000.c")
    for number in range(1, units):
        _copied(folder, number)
    _run(folder, *compiler.counted, "-o", program, *sorted(folder.glob("*.o")))
    return program


def _end(place, name, units, library):
    program = _program(place, name, units)
    data = place.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    variables = {"LLVM_PROFILE_FILE": f"{data}/%p.profraw", "GOCOVERDIR": str(data)}
    variables |= {"GCOV_PREFIX": str(data), "GCOV_PREFIX_STRIP": "99"}
    preload = {"LD_PRELOAD": str(library)} if library else {}
    command = [sys.executable, PROGRAMS / "end_counted.py", program]
    took = printed_number(command, clean_environment() | variables | preload)
    saved = sum(file.stat().st_size for file in data.iterdir() if not file.name.startswith("covmeta."))
    assert (saved > 0) == (library is not None), f"{name}: {saved} bytes"
    return took


def _megabytes(program):
    """What the program's processes map: text, data and counters."""
    sizes = subprocess.run(["size", program], capture_output=True, text=True, check=True).stdout.splitlines()[1]
    return sum(map(int, sizes.split()[:3])) / 1e6


def _measure(place, name, units):
    libraries = {BARE: None, KEPT: place.library}
    subjects = [Subject(label, partial(_end, place, name, units, library)) for label, library in libraries.items()]
    size = _megabytes(_program(place, name, units))
    title = f"kill to reaped, {name}, {_FUNCTIONS * units} functions in {size:.0f} MB"
    return Measure(f"counters.{name}.{units}", title, subjects, BARE, MILLISECONDS, 25)


def measures(place):
    for name, compiler in _COMPILERS.items():
        yield from (_measure(place, name, units) for units in compiler.units[: 1 if place.quick else None])
