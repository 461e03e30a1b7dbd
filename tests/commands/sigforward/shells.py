# SPDX-License-Identifier: MIT
"""Interactive shells (pexpect), each on a terminal of its own. A shell that says nothing for DEADLINE seconds raises
pexpect.TIMEOUT."""

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
    """A new shell of SHELLS that has shown its prompt; `environment` adds variables."""
    plain = {"PS1": PROMPT, "TERM": "dumb", "HISTFILE": "", "ENV": ""}
    shell = pexpect.spawn(name, SHELLS[name], timeout=DEADLINE, encoding="utf-8", echo=False,
                          env={**os.environ, **plain, **environment})
    shell.expect_exact(PROMPT)
    return shell


def command(shell, line):
    """Runs a line that ends by itself, and returns what the terminal showed up to the next prompt."""
    shell.sendline(line)
    shell.expect_exact(PROMPT)
    return shell.before
