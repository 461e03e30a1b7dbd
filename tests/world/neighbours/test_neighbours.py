# SPDX-License-Identifier: MIT
"""Other preloaded libraries: both do their work, in either order, and however they are listed."""

import os

import pytest
from neighbours import BEHIND, NEIGHBOURS, daemon_of, library_of

SPELLINGS = {
    "before": "{other}:{ours}",
    "after": "{ours} {other}",
    "by_name": "{other.name} {ours.name}",
    "by_name_after": "{ours.name}:{other.name}",
}

# A program whose threads allocate all the time, because an allocator's first calls come early, and its locks are often
# held.
BESIDE = """
import ctypes, os, subprocess, sys, threading, time

def allocate():
    while True:
        [bytearray(1000) for _ in range(1000)]

def work():
    {proof}

work()
for _ in range(2):
    threading.Thread(target=allocate, daemon=True).start()
import server
"""

SUITE = """
    from pathlib import Path
    from helpers import start

    def loads(process):
        return "{library}" in Path(f"/proc/{{process.pid}}/maps").read_text()

    def test_inherited():
        process = start("beside.py", env=None)
        assert loads(process)
        process.kill()
        assert process.wait() == -9

    def test_dropped():
        process = start("alone.py")
        assert loads(process) == {stays}
        process.kill()
        assert process.wait() == -9
"""


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_together_with(project, libcovenv, tmp_path_factory, name, spelling):
    neighbour = NEIGHBOURS[name]
    library = library_of(neighbour, tmp_path_factory.mktemp(name))
    # fakechroot puts itself back only into a child without any LD_PRELOAD. Behind libcovenv.so no child is without.
    stays = neighbour.stays and "after" not in spelling
    project.write("alone.py", (project.folder / "server.py").read_text())
    project.write("beside.py", BESIDE.format(proof=neighbour.proof.strip()))
    project.write("test_it.py", SUITE.format(library=library.resolve().name, stays=stays))
    preload = {"LD_PRELOAD": SPELLINGS[spelling].format(other=library, ours=libcovenv)}
    if "name" in spelling:
        preload["LD_LIBRARY_PATH"] = os.pathsep.join([str(library.parent), str(libcovenv.parent)])
    behind = BEHIND.get(name, {}) if "after" in spelling else {}
    with daemon_of(name) as shared:
        report = project.pytest(env={**neighbour.environment, **behind, **shared, **preload})
    assert report.kept("beside.py")
    assert report.kept("server.py")
    assert report.kept("alone.py")
