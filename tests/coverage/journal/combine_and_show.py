# SPDX-License-Identifier: MIT
"""Runs `coverage combine` in this folder, and writes shown.json.

shown.json holds `status` (of combine), `left` (names of data files that are left) and `data` (all that is in .coverage,
or null).
"""

import json
import os
import sys

from coverage import CoverageData
from coverage.cmdline import main


def shown(data):
    """A CoverageData as a dict: for each file (by the repr() of its name) the tracer, lines and arcs by context,
    contexts by line."""
    files = {}
    for name in sorted(data.measured_files()):
        data.set_query_contexts(None)
        contexts = {}
        for context in sorted(data.measured_contexts()):
            data.set_query_context(context)
            contexts[context] = [sorted(data.lines(name) or []), sorted(data.arcs(name) or [])]
        data.set_query_contexts(None)
        lines = {str(line): sorted(those) for line, those in sorted(data.contexts_by_lineno(name).items())}
        # The repr() of a name, because two names may differ only in bytes that are not UTF-8.
        files[repr(name)] = {"tracer": data.file_tracer(name), "contexts": contexts, "by_line": lines}
    return {"has_arcs": data.has_arcs(), "contexts": sorted(data.measured_contexts()), "files": files}


def show():
    # The plugins of coverage are in this folder.
    sys.path.insert(0, os.getcwd())
    status = main(["combine", "--rcfile=rc"])
    told = {"status": status, "data": None, "left": sorted(name for name in os.listdir(".") if name.startswith(".cov"))}
    if os.path.exists(".coverage"):
        data = CoverageData(".coverage")
        data.read()
        told["data"] = shown(data)
    with open("shown.json", "w") as file:
        json.dump(told, file)


show()
