# SPDX-License-Identifier: MIT
"""A suite as its users write it: starts each server of SERVERS with an environment of its own, and kills it.

SERVERS is a list of commands, one a line.
"""

import os
import subprocess

import pytest

SERVERS = os.environ["SERVERS"].splitlines()


@pytest.fixture(params=SERVERS)
def server(request):
    process = subprocess.Popen(request.param.split(), env={"LANG": "C"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    assert process.wait() == -9


@pytest.mark.parametrize("amount", [1, 7, 27])
def test_it_works(server, amount):
    print(amount, file=server.stdin)
    assert server.stdout.readline().strip().isdigit()
