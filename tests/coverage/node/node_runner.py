# SPDX-License-Identifier: MIT
"""The runner of tests/coverage/counters, with Node's own ends: python node_runner.py START END PROGRAM AMOUNT..."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "runtimes"))
from runner import ENDS, main, say  # noqa: E402

OWN_ENDS = ("reallyExit", "exit in exit", "kill self", "kill -9 self", "kill -6 self", "throw", "abort")
ENDS.update((word, say(word)) for word in (*OWN_ENDS, "no memory"))

if __name__ == "__main__":
    main(*sys.argv[1:])
