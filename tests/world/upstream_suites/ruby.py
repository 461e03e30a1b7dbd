# SPDX-License-Identifier: MIT
"""Ruby's own tests that start, signal and end processes, from Debian's source, against the Ruby that is installed."""

import re
import shutil

from programs import CARRIED
from suite import WHOLE, Suite

FILES = (
    *(f"ruby/test_{name}" for name in ("beginendblock", "env", "io", "pipe", "process", "rubyoptions", "signal", "system")),
    *("ruby/test_thread", "ruby/test_exception", "drb/test_drb", "test_open3", "test_pty", "test_timeout"),
)
ENDED = re.compile(r"^\[ *\d+/\d+\] (\S+) = ", re.M)
NOT_PASSED = re.compile(r"^ +\d+\) (Failure|Error|Skipped):\n(\S+?)(?: \[.*|:)?$", re.M)
FINISHED = re.compile(r"^Finished tests in ", re.M)


class Ruby(Suite):
    name = "ruby"
    modes = ("carried",)
    at_least = 500
    deadline = 1500
    # The tests compare all variables of a child.
    differs = {
        "TestProcess#test_execopts_env": CARRIED,
        "TestProcess#test_execopts_unsetenv_others": CARRIED,
    }

    def __init__(self, source):
        self._source = source

    def prepare(self, folder):
        for name in ("test", "tool"):
            shutil.copytree(self._source / name, folder / name, symlinks=True)

    def command(self, is_measured, only=()):
        names = [f"--name=/\\A(?:{'|'.join(map(re.escape, only))})\\z/"] if only else []
        files = [f"test/{name}.rb" for name in FILES]
        return ["ruby3.1", "tool/test/runner.rb", "-v", "--seed=1", *names, *files]

    def verdicts(self, folder, output, status):
        found = dict.fromkeys(ENDED.findall(output), "passed")
        found.update((name, kind.lower()) for kind, name in NOT_PASSED.findall(output))
        # The status is the number of failures, so it counts only if the run did not come to its end.
        if not FINISHED.search(output):
            found[WHOLE] = f"exit {status}"
        return found
