# SPDX-License-Identifier: MIT
"""What covenv costs, beside its peers: interleaved rounds, a table for each measure, all samples as JSON, and plots."""

import argparse
import importlib
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from . import plot, results, table
from .place import ROOT, Place
from .rounds import sample

# Each module has measures(place), which makes the Measures.
GROUPS = ["spawn", "scaling", "kill", "counters", "journal", "wrappers", "run", "suites"]
# Beside what a run takes that does the fewest rounds of everything, and has to start it.
QUICK_SECONDS = 100


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/run", description=__doc__)
    parser.add_argument("names", nargs="*", help="groups or measures, such as `spawn` or `spawn.*`; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: all of it in less than 3 minutes")
    parser.add_argument("--list", action="store_true", help="only what there is to measure")
    parser.add_argument("--readme", action="store_true", help="also renew the plots that scripts/bench/README.md shows")
    parser.add_argument("--build", default=ROOT / "build/release", type=Path, help="the build that is measured")
    parser.add_argument("--output", default=ROOT / "build/bench", type=Path, help="for results.json and the plots")
    return parser.parse_args()


def chosen(names, place):
    for group in GROUPS:
        for measure in importlib.import_module(f"speed.groups.{group}").measures(place):
            if not names or any(name == group or fnmatch(measure.name, name) for name in names):
                yield measure


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), options.build, options.quick)
        measures = list(chosen(options.names, place))
        if options.list:
            print(*(f"{measure.name:<28} {measure.title}" for measure in measures), sep="\n")
            return
        second = QUICK_SECONDS / sum(measure.weight for measure in measures)
        taken = []
        for measure in measures:
            taken.append((measure, sample(measure, measure.weight * second if options.quick else float("inf"))))
            print(table.text(*taken[-1]), flush=True)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.json").write_text(results.as_json(taken))
    for measure, samples in taken:
        picture = plot.svg(measure, samples)
        (options.output / f"{measure.name}.svg").write_text(picture)
        if options.readme and measure.plotted:
            (ROOT / f"scripts/bench/plots/{measure.name}.svg").write_text(picture)


if __name__ == "__main__":
    main()
