# SPDX-License-Identifier: MIT
"""The probe, compiled for each C library and machine that the library is written for."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SHIM = HERE.parents[2] / "shim"
OLD_GLIBC = HERE.parents[2] / "build" / "sources" / "glibc-2.31"


def with_old_glibc():
    libraries = OLD_GLIBC / "lib" / "x86_64-linux-gnu"
    loader = f"-Wl,--dynamic-linker={libraries}/ld-2.31.so,-rpath,{libraries}"
    return ["gcc", f"--sysroot={OLD_GLIBC}", f"-B{OLD_GLIBC}/usr/lib/x86_64-linux-gnu", loader]


COMPILERS = {
    "glibc": ["gcc"],
    "musl": ["musl-gcc"],
    "musl-static": ["musl-gcc", "-static"],
    "aarch64": ["aarch64-linux-gnu-gcc"],
    "glibc-2.31": with_old_glibc(),
}


@pytest.fixture(scope="session")
def probe(tmp_path_factory):
    """A function: a name of COMPILERS -> the path of the probe that the compiler has made. Each is compiled once."""
    folder = tmp_path_factory.mktemp("probes")
    made = {}

    def compiled(name):
        if name not in made:
            made[name] = folder / name
            command = [*COMPILERS[name], "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{SHIM.parent}"]
            subprocess.run([*command, "-o", made[name], HERE / "hook_probe.c"], check=True, timeout=60)
        return made[name]

    return compiled
