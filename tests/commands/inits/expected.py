# SPDX-License-Identifier: MIT
"""sigforward's column of the table that scripts/bench/inits writes. A row that EXPECTED lacks has to say "yes"."""

EXPECTED = {
    "which signals do not reach the command": "none",
    "the command is ended by USR1: what the wrapper's parent sees": "SIGUSR1",
    "exit codes for a command that is not found, not executable": "127/126",
    "TERM in its first 3 ms: lost, and commands left running": "0, 0 of {rounds}",
    "SIGKILL in its first 3 ms: commands left a second after the grace": "0 of {rounds}",
    "as PID 1: zombies that 100 orphans leave": "0",
    "as PID 1: the exit code when the command is ended by USR1": "138",
    "wake-ups in 2 s at rest": "0",
}


def expected(title, rounds):
    return EXPECTED.get(title, "yes").format(rounds=rounds)
