# SPDX-License-Identifier: MIT
"""Makes the folder of targets that the probes execute: programs, scripts, broken files, folders to search."""

import os
import shutil
import stat

from elf_writer import AARCH64, EXIT_7_I386, I386, executable

PROGRAMS = ("receiver", "receiver32", "receiver32_static", "receiver_asan", "receiver_static", "preinit")
LIBRARIES = ("neighbour.so", "early.so")
NOBODY = 65534


def write(path, content, mode=0o755):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)


def make_scripts(folder):
    scripts = {
        "script": f'#!/bin/sh\nexec {folder}/receiver from-script "$0" "$@"\n',
        "script-direct": f"#!{folder}/receiver one argument\n",
        "script-chain": f"#!{folder}/script-direct\n",
        "script-missing": "#!/missing/interpreter\n",
        "script-itself": f"#!{folder}/script-itself\n",
        "script-32": f"#! {folder}/receiver32\targument\n",
        "script-chain-32": f"#!{folder}/script-32\n",
        "script-env-32": "#!/usr/bin/env receiver32\n",
        "script-asan": f"#!{folder}/receiver_asan\n",
        "no-shebang": f'exec {folder}/receiver no-shebang "$0" "$@"\n',
    }
    for name, text in scripts.items():
        write(folder / name, text)


def make_search_folders(folder):
    for name in ("bin-good", "bin-denied", "bin-folder", "bin-empty", "bin-no-shebang", "bin-bad-interpreter", "bin-other", "here"):
        (folder / name).mkdir()
    for name in ("bin-good", "bin-other", "here"):
        os.link(folder / "receiver", folder / name / "tool")
    write(folder / "bin-denied" / "tool", "#!/bin/sh\nexit 9\n", 0o644)
    (folder / "bin-folder" / "tool").mkdir()
    os.link(folder / "no-shebang", folder / "bin-no-shebang" / "tool")
    os.link(folder / "script-missing", folder / "bin-bad-interpreter" / "tool")


def make_variants(folder):
    shutil.copy(folder / "receiver", folder / "receiver-written")
    shutil.copy(folder / "receiver", folder / "receiver-unreadable")
    (folder / "receiver-unreadable").chmod(0o711)
    shutil.copy(folder / "receiver", folder / "receiver-setuid")
    if os.geteuid() == 0:
        os.chown(folder / "receiver-setuid", NOBODY, NOBODY)
        (folder / "receiver-setuid").chmod(0o755 | stat.S_ISUID)
    (folder / "closed").mkdir()
    os.link(folder / "receiver", folder / "closed" / "receiver")
    (folder / "closed").chmod(0o700)


def make(folder, programs):
    """Fills an empty folder. `programs` is the build's tests/ folder, from which programs and libraries are copied."""
    folder.chmod(0o755)
    for name in (*PROGRAMS, *LIBRARIES):
        shutil.copy(programs / name, folder / name)
    make_scripts(folder)
    make_search_folders(folder)
    make_variants(folder)
    (folder / "folder").mkdir()
    (folder / "link-to-receiver").symlink_to("receiver")
    (folder / "loop").symlink_to("loop")
    write(folder / "not-executable", "#!/bin/sh\nexit 9\n", 0o644)
    write(folder / "empty-file", b"")
    write(folder / "truncated-elf", (folder / "receiver").read_bytes()[:20])
    write(folder / "foreign-machine", executable(64, AARCH64, b"\0\0\0\0"))
    write(folder / "exit7-i386", executable(32, I386, EXIT_7_I386))
