# SPDX-License-Identifier: MIT
"""libuv's own tests, built from Debian's source."""

import re
import shutil
import subprocess

from programs import Programs

TEST = re.compile(r"^(\w+)", re.M)
SKIPPED = "failed (7)"


class Libuv(Programs):
    name = "libuv"
    at_least = 380
    # Two runs at a time would disturb each other, because ports and sockets have fixed names.
    is_exclusive = True

    def __init__(self, source, build):
        self._source = source
        self._program = build / "uv_run_tests_a"

    def prepare(self, folder):
        shutil.copytree(self._source / "test" / "fixtures", folder / "test" / "fixtures")

    def programs(self):
        listed = subprocess.run(
            [self._program, "--list"], env={"UV_RUN_AS_ROOT": "1"}, capture_output=True, text=True, check=True
        ).stdout
        return {name: ["env", "UV_RUN_AS_ROOT=1", self._program, name] for name in TEST.findall(listed)}

    def judged(self, name, verdict, printed):
        return {name: "skipped" if verdict == SKIPPED else verdict}
