# SPDX-License-Identifier: MIT
"""audit_wheel.py WHEEL PLATFORM: fails unless auditwheel takes it for PLATFORM (manylinux_2_17), or an older one."""

import json
import re
import subprocess
import sys


def libc(platform):
    """The kind and the version of the C library: "manylinux_2_17_x86_64" -> ("manylinux", (2, 17))."""
    kind, major, minor = re.match(r"([a-z]+)_(\d+)_(\d+)", platform).groups()
    return kind, (int(major), int(minor))


def main(wheel, platform):
    shown = subprocess.run([sys.executable, "-m", "auditwheel", "show", "--json", wheel],
                           stdout=subprocess.PIPE, text=True, check=True).stdout
    print(shown)
    found = json.loads(shown)
    (kind, oldest), (wanted_kind, wanted) = libc(found["overall_tag"]), libc(platform)
    # For musl auditwheel names the version of the machine that it runs on, because musl's symbols have none.
    is_old_enough = kind == "musllinux" or oldest <= wanted
    if kind != wanted_kind or not is_old_enough or found["external_libs"] or found["versioned_symbols"]:
        sys.exit(f"auditwheel does not take this wheel for {platform}")


main(*sys.argv[1:])
