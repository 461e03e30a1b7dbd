# SPDX-License-Identifier: MIT
"""What sigforward and others of its kind do, each cell from a probe that is run."""

import argparse
import json
import signal
import sys
from pathlib import Path

from . import table
from .probe import Settings
from .wrappers import GRACE, ROOT, peers, sigforward

sys.path.insert(0, str(ROOT / "tests" / "support"))
import readme  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/inits", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of the races")
    parser.add_argument("--quick", action="store_true", help="20 rounds")
    parser.add_argument("--row", default="", help="only the rows whose title has this in it")
    parser.add_argument("--json", action="store_true", help="instead of Markdown")
    parser.add_argument("--readme", action="store_true", help="also write the table into wrapper/sigforward/README.md")
    parser.add_argument("--sigforward", default=ROOT / "build/release/bin/sigforward", type=Path)
    options = parser.parse_args()
    if not options.sigforward.exists():
        parser.error(f"{options.sigforward} is missing: cmake --build --preset release")
    return options


def main():
    options = arguments()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a job in a script's background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    rounds = 20 if options.quick else options.rounds
    rows = table.measure([sigforward(options.sigforward), *peers()], Settings(rounds), options.row)
    text = table.markdown(rows)
    print(json.dumps(rows, indent=1) if options.json else text, end="")
    if options.readme:
        readme.write("inits", text)


if __name__ == "__main__":
    main()
