# SPDX-License-Identifier: MIT
"""The probe, compiled for each C library and machine that the library is written for."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SHIM = HERE.parents[1] / "shim"
COMPILERS = {
    "glibc": ["gcc"],
    "musl": ["musl-gcc"],
    "musl-static": ["musl-gcc", "-static"],
    "aarch64": ["aarch64-linux-gnu-gcc"],
}


@pytest.fixture(scope="session")
def probe(tmp_path_factory):
    """name -> the probe for it; each is compiled once."""
    folder = tmp_path_factory.mktemp("probes")
    made = {}

    def compiled(name):
        if name not in made:
            made[name] = folder / name
            command = [*COMPILERS[name], "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{SHIM}"]
            subprocess.run([*command, "-o", made[name], HERE / "hook_probe.c"], check=True, timeout=60)
        return made[name]

    return compiled
