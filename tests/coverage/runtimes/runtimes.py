# SPDX-License-Identifier: MIT
"""Ways to build a server for a runtime: where its counts go, and how they are read."""

from dataclasses import dataclass

from tools import add, run  # noqa: F401, for those who build servers


@dataclass
class Runtime:
    """One way to build the server.

    build(folder): makes the program, and returns its path. variables(folder): what tells the runtime to write below the
    folder. counts(folder, program): {place in the measured file: how often it ran}, summed over all that is there; {}
    if there is nothing. ends: those of its own that the server knows. lives_on: signals that do not end it. lost: ends
    for which nothing is kept. is_talkative: it writes to stderr when a signal ends it.
    """

    build: object
    variables: object
    counts: object
    ends: tuple
    lives_on: tuple = ()
    lost: tuple = ()
    is_talkative: bool = False
