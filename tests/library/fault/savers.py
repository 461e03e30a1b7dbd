# SPDX-License-Identifier: MIT
"""The runtimes that save, beside Node and CPython: their servers, and whether their own tools accept what is written."""

import functools
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path += [str(TESTS / name) for name in ("coverage/scripting", "coverage/jvm", "coverage/runtimes", "support")]
from languages import LANGUAGES  # noqa: E402
from machines import MACHINES  # noqa: E402

RUNTIMES = {
    "jvm": MACHINES["JAVA_TOOL_OPTIONS"],
    "ruby": LANGUAGES["Ruby"],
    "perl": LANGUAGES["Perl"],
    "php": LANGUAGES["PHP"],
}
# What became of the data.
KEPT, ABSENT, BROKEN = "kept", "absent", "broken"


class Savers:
    """Servers below `folder`. program(name): the path of that runtime's, which is built once."""

    def __init__(self, folder):
        self._folder = folder
        self.program = functools.cache(self._build)

    def _build(self, name):
        own = self._folder / name
        own.mkdir()
        return str(RUNTIMES[name].build(own))

    def new_data(self, name):
        """A folder for one run's data, and the variables that have the runtime write there."""
        data = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))
        variables = dict(RUNTIMES[name].variables(data))
        if name == "jvm":
            # Each run has a pid namespace, so two JVMs would want the same file of performance data, and one would end.
            variables["JAVA_TOOL_OPTIONS"] += " -XX:-UsePerfData"
        return data, variables


def fate(name, data):
    """KEPT if the runtime's own tool reads data of the server, BROKEN if that tool refuses what is there."""
    try:
        return KEPT if any(RUNTIMES[name].counts(data, None).values()) else ABSENT
    except Exception:  # each tool has its own
        return BROKEN
