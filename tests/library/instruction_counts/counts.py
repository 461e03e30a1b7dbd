#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the library's own instructions by valgrind: the same on each machine with these compilers, however busy it is.
Instructions of libc and the kernel are not counted.

    tests/library/instruction_counts/counts.py [BUILD]    renews expected.json"""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "expected.json"
TOLERANCE = 0.02

# The kinds of work. Merges are counted in the program, which is linked to core; hooks and the start in the library.
MERGES = ("merge into nothing", "merge into the same", "merge of 64 carried")
HOOKS = ("exec hook", "exec hook, 100 entries")
# Below `covenv run` each exec is recorded, in a test with the test's number.
IN_SESSION = {"exec hook in a session": {}, "exec hook in a test": {"PYTEST_CURRENT_TEST": "tests/test_api.py::test_checkout (call)"}}
START = "start"
NAMES = (*MERGES, *HOOKS, *IN_SESSION, START)
TIMES = 50
# The library's name is as long on each machine, and there are as many variables as processes usually have.
ENVIRONMENT = {"LD_PRELOAD": "/proc/self/cwd/libcovenv.so", "PATH": "/usr/bin:/bin", "COV_CORE_SOURCE": "x"} | {
    f"BUSINESS_{number}": "x" * 20 for number in range(40)
}


def count(name, build):
    """The number of instructions for one piece of the work of this name, in the build folder `build`."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shutil.copy(build / "lib/libcovenv.so", folder)
        work = shutil.copy(build / "tests/library/instruction_counts/work", folder)
        # The program that the exec hooks are given: a sound ELF file without execute permission.
        shutil.copyfile(work, folder / "program")
        if name == START:
            return _counted(folder, work, name, 0, "libcovenv.so")
        of = "work" if name in MERGES else "libcovenv.so"
        with session(build) if name in IN_SESSION else contextlib.nullcontext({}) as variables:
            variables |= IN_SESSION.get(name, {})
            once, more = (_counted(folder, work, name, times, of, variables) for times in (1, 1 + TIMES))
        return round((more - once) / TIMES)


@contextlib.contextmanager
def session(build):
    """The variables of a process in a session, which ends with this context."""
    command = [build / "bin/covenv", "run", "--quiet", "--", "sh", "-c", 'echo "$COVENV_SESSION"; read line']
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield {"COVENV_SESSION": process.stdout.readline().strip()}
    finally:
        process.communicate("\n")


def _counted(folder, work, name, times, of, variables={}):
    out = folder / "counts"
    subprocess.run(
        ["valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no", f"--callgrind-out-file={out}", work, name, str(times)],
        env=ENVIRONMENT | variables,
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return _own(out.read_text(), of)


def _own(text, of):
    """The sum of the own costs of all functions of the file `of` in callgrind's output; callees are left out."""
    total, is_ours, is_called = 0, False, False
    for line in text.splitlines():
        if line.startswith("ob="):
            is_ours = line.endswith(f"/{of}")
        elif line.startswith("calls="):
            is_called = True  # the next line is the cost of the callee
        elif re.match(r"[+*\-\d]", line):
            if is_ours and not is_called:
                total += int(line.split()[-1])
            is_called = False
    return total


def expected():
    return json.loads(EXPECTED.read_text())


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[2] / "build/release")
    before = expected()
    counted = {name: count(name, build) for name in NAMES}
    for name, number in counted.items():
        print(f"{name:<28} {before.get(name, '-'):>8} -> {number:>8}")
    EXPECTED.write_text(json.dumps(counted, indent=1) + "\n")


if __name__ == "__main__":
    main()
