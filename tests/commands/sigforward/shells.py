# SPDX-License-Identifier: MIT
"""Interactive shells, each on a terminal of its own."""

import os

import pexpect

PROMPT = "prompt-> "
DEADLINE = 15
SHELLS = {
    "bash": ["--norc", "--noprofile", "--noediting", "-i"],
    "dash": ["-i"],
    "zsh": ["-f", "-i", "+Z", "-o", "no_prompt_cr", "-o", "no_prompt_sp"],
}


def start(name="bash", **environment):
    """One that shows its prompt."""
    plain = {"PS1": PROMPT, "TERM": "dumb", "HISTFILE": "", "ENV": ""}
    shell = pexpect.spawn(name, SHELLS[name], timeout=DEADLINE, encoding="utf-8", echo=False,
                          env={**os.environ, **plain, **environment})
    shell.expect_exact(PROMPT)
    return shell


def command(shell, line):
    """Runs a line that comes back to the prompt, and gives what it printed."""
    shell.sendline(line)
    shell.expect_exact(PROMPT)
    return shell.before
