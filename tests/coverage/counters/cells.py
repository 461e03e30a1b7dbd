# SPDX-License-Identifier: MIT
"""runner.py for many cells of the matrix in one process.

    python cells.py < REQUEST

REQUEST is JSON: {"start", "program", "tools", "amounts", "cells": [{"end", "folder", "variables"}]}. Each server's data
goes below the folder of its cell. The output is JSON, too: a wait status for each cell.
"""

import json
import os
import sys

import runner


def main():
    request = json.load(sys.stdin)
    runner.TOOLS.update(request["tools"])
    statuses = []
    for cell in request["cells"]:
        os.chdir(cell["folder"])
        os.environ.update(cell["variables"])
        server = runner.begin(request["start"], request["program"], cell["end"] == "sigforward")
        runner.work(server, request["amounts"])
        statuses.append(runner.end(server, cell["end"]))
    print(json.dumps(statuses))


if __name__ == "__main__":
    main()
