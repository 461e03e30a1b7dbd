# SPDX-License-Identifier: MIT
"""GNU make's own tests, from Debian's source, against the make that is installed."""

import re
import shutil

from suite import WHOLE, Suite

SCRIPT = re.compile(r"^(\w+/\S+) \.+ (?:.*?^)??(ok|FAILED|N/A)\b *(?:\((.*?)\))?$", re.M | re.S)
WORDS = {"ok": "passed", "FAILED": "failed", "N/A": "skipped"}


class Make(Suite):
    """One test is one script. Its verdict also has the counts of its checks: "passed (3/3 passed)"."""

    name = "make"
    modes = ("carried",)
    at_least = 110

    def __init__(self, source):
        self._source = source

    def prepare(self, folder):
        for name in ("src", "tests"):
            shutil.copytree(self._source / name, folder / name)

    def command(self, is_measured, only=()):
        run = 'cd tests && exec perl run_make_tests.pl -srcdir .. -make /usr/bin/make "$@"'
        return ["sh", "-c", run, "sh", *only]

    def verdicts(self, folder, output, status):
        found = {name: f"{WORDS[word]} ({counts})" if counts else WORDS[word] for name, word, counts in SCRIPT.findall(output)}
        if status not in (0, 1):
            found[WHOLE] = f"exit {status}"
        return found
