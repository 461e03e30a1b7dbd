# SPDX-License-Identifier: MIT
"""A program of aarch64 with gcc's counters that ends by itself, run by qemu: its counters are kept by the library."""

import subprocess

import pytest

PROGRAM = """
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static volatile int ran;
static void work(void) { ran = 1; }
int main(int count, char** arguments) {
  work();
  if (count == 1) return 3;
  if (strcmp(arguments[1], "_exit") == 0) _exit(3);
  if (strcmp(arguments[1], "abort") == 0) abort();
  return raise(SIGTERM);
}
"""
# What qemu returns: it dies of the signal itself.
ENDS = {"_exit": 3, "abort": -6, "raise": -15}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aarch64")
    (folder / "program.c").write_text(PROGRAM)
    command = ["aarch64-linux-gnu-gcc", "--coverage", "-o", "program", "program.c"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return folder / "program"


def ended(program, *arguments, library=None):
    """The status, and the data (None if there are none)."""
    for old in program.parent.glob("*.gcda"):
        old.unlink()
    preload = ["-E", f"LD_PRELOAD={library}"] if library else []
    command = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", *preload, program, *arguments]
    done = subprocess.run(command, cwd=program.parent, capture_output=True, timeout=120, check=False)
    data = list(program.parent.glob("*.gcda"))
    return done.returncode, data[0].read_bytes() if data else None


@pytest.mark.parametrize("end", ENDS)
def test_counters_on_aarch64(program, libcovenv_aarch64, end):
    assert ended(program, end) == (ENDS[end], None)
    status, data = ended(program, end, library=libcovenv_aarch64)
    assert status == ENDS[end]
    assert data is not None
    tool = ["gcov-12", "--stdout", "program.gcda"]
    text = subprocess.run(tool, cwd=program.parent, capture_output=True, text=True, check=True).stdout
    assert "        1:    7:static void work(void) { ran = 1; }\n" in text
