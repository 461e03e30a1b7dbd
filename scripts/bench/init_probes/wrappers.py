# SPDX-License-Identifier: MIT
"""The columns: what stands in front of the command."""

import glob
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
GRACE = 1  # in seconds, as short as `timeout` of every age takes it


@dataclass(frozen=True)
class Wrapper:
    title: str
    prefix: Callable[[int], list[str]]  # the argument vector in front of the command, by the grace in seconds
    with_parent: tuple[str, ...] = ()  # options that make the command end with the wrapper's parent
    is_process: bool = True  # or becomes the command by exec

    def bound_to_parent(self):
        program, *options = self.prefix(GRACE)
        return [program, *self.with_parent, *options]


def sigforward(program, *options, title="sigforward"):
    return Wrapper(title, lambda grace: [str(program), "--grace", f"{grace}s", *options, "--"], ("--with-parent",))


def peers():
    """Those of them that are installed, by what has to be there."""
    [bazel] = glob.glob(f"{ROOT}/build/sources/bazel-bootstrap/usr/libexec/*/bazel/process-wrapper") or [""]
    every = {
        "tini": [
            Wrapper("tini -s", lambda _: ["tini", "-s", "--"], ("-p", "SIGTERM")),
            Wrapper("tini -s -g", lambda _: ["tini", "-s", "-g", "--"], ("-p", "SIGTERM")),
        ],
        "dumb-init": [Wrapper("dumb-init", lambda _: ["dumb-init", "--"])],
        "catatonit": [Wrapper("catatonit -g", lambda _: ["catatonit", "-g", "--"])],
        "timeout": [Wrapper("timeout -k 1", lambda grace: ["timeout", "-k", str(grace), "3600"])],
        bazel: [Wrapper("process-wrapper -g -k 1", lambda grace: [bazel, "-g", "-k", str(grace), "--"])],
        "setpriv": [
            Wrapper("setpriv --pdeathsig TERM", lambda _: ["setpriv", "--pdeathsig", "TERM", "--"], is_process=False)
        ],
    }
    return [wrapper for program, wrappers in every.items() if shutil.which(program) for wrapper in wrappers]
