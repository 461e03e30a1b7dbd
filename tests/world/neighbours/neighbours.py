# SPDX-License-Identifier: MIT
"""Libraries that users preload: where each lies, which variables it needs, and Python code that shows that it works."""

import glob
import os
import subprocess
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "neighbours"

# `library` is a path with wildcards, or a source to build. `proof` is Python code that works only with the library.
# `stays` is true if the library puts itself back into children that are given an environment without it.
Neighbour = namedtuple("Neighbour", "library proof environment stays", defaults=[{}, False])

LOADED = "pass"
JAILED = """
    open("hello", "w").close()
    os.chroot(".")
    assert os.path.exists("/hello")
    assert ctypes.CDLL(None).getenv(b"FAKECHROOT_BASE")
"""
RED = """
    said = subprocess.run([sys.executable, "-c", "import os; os.write(2, b'x')"], stderr=subprocess.PIPE).stderr
    assert said == b"\\x1b[31mx\\x1b[0m", said
"""
OWNED = """
    os.close(os.open(f"owned{os.getpid()}", os.O_CREAT))
    os.chown(f"owned{os.getpid()}", 4321, 4321)
    assert os.stat(f"owned{os.getpid()}").st_uid == 4321
"""
KILLED = 'assert ctypes.c_int.in_dll(ctypes.CDLL(None), "killed_by_its_constructor").value == 9'
# All of the real root is outside of fakechroot's jail, so that only the file that the proof makes is in it.
OUTSIDE = ":".join(glob.glob("/*"))

NEIGHBOURS = {
    "jemalloc": Neighbour("/usr/lib/*/libjemalloc.so.2", LOADED),
    "mimalloc": Neighbour("/usr/lib/*/libmimalloc.so.2*", LOADED),
    "tcmalloc": Neighbour("/usr/lib/*/libtcmalloc_minimal.so.4", LOADED),
    "eatmydata": Neighbour("/usr/lib/*/libeatmydata.so", "os.fsync(os.pipe()[0])"),
    "faketime": Neighbour(
        "/usr/lib/*/faketime/libfaketime.so.1", "assert time.localtime().tm_year == 2001",
        {"FAKETIME": "@2001-02-03 04:05:06"},
    ),
    "faketime_of_threads": Neighbour(
        "/usr/lib/*/faketime/libfaketimeMT.so.1", "assert time.localtime().tm_year == 2001",
        {"FAKETIME": "@2001-02-03 04:05:06"},
    ),
    "fakeroot": Neighbour("/usr/lib/*/libfakeroot/libfakeroot-sysv.so", OWNED),
    "fakechroot": Neighbour(
        "/usr/lib/*/fakechroot/libfakechroot.so", JAILED,
        {"FAKECHROOT": "true", "FAKECHROOT_EXCLUDE_PATH": OUTSIDE}, stays=True,
    ),
    "asan": Neighbour(
        "/usr/lib/gcc/*/12/libasan.so", "ctypes.CDLL(None).__asan_init",
        {"ASAN_OPTIONS": "detect_leaks=0"},
    ),
    "stderred": Neighbour("stderred.c", RED),
    "execs": Neighbour("execs.c", "assert os.environ['STARTED_ANEW']"),
    "kills": Neighbour("kills.c", KILLED),
}

# Variables that a neighbour needs if any other library stands before it in LD_PRELOAD.
BEHIND = {"asan": {"ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}}


def library_of(neighbour, folder):
    """The Path of a neighbour's library. A neighbour whose source is here is built in the folder."""
    if not neighbour.library.endswith(".c"):
        found = glob.glob(neighbour.library)
        assert found, f"{neighbour.library} is missing: scripts/test installs it"
        return Path(found[0])
    library = folder / f"lib{Path(neighbour.library).stem}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, SOURCES / neighbour.library], check=True)
    return library


@contextmanager
def daemon_of(name):
    """Runs the daemon that a neighbour needs, and gives the variables by which processes find it ({} if none)."""
    if name != "fakeroot":
        yield {}
        return
    key, pid = subprocess.check_output(["faked-sysv"], text=True).strip().split(":")
    try:
        yield {"FAKEROOTKEY": key, "FAKED_MODE": "unknown-is-root"}
    finally:
        os.kill(int(pid), 15)
