# SPDX-License-Identifier: MIT
"""A standard output that cannot be written to: each command says so in one line, and ends with 125."""

import os
import subprocess

import pytest
import reports

COMMANDS = [[], ["--help"], ["--version"], ["version"], ["help"], ["help", "run"], ["run", "--help"], ["env", "--help"],
            ["env"], ["man"], ["man", "run"], ["completion", "bash"], ["report", "{report}"],
            ["report", "{report}", "--format", "html"], ["report", "{report}", "--slowest", "3"],
            ["doctor", "--json"], ["doctor"]]
OF_SIGFORWARD = [["--help"], ["--version"]]


def to_full(command):
    with open("/dev/full", "w") as full:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)


def to_closed(command):
    return subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, timeout=60)


OUTPUTS = {"No space left on device": to_full, "Bad file descriptor": to_closed}


@pytest.fixture
def filled(tmp_path):
    report = reports.write(tmp_path / "report.json", reports.many(300))
    return lambda words: [str(word).format(report=report) for word in words]


@pytest.mark.parametrize("why", OUTPUTS)
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_covenv_says_so(covenv, filled, words, why):
    failed = OUTPUTS[why]([covenv, *filled(words)])
    assert (failed.returncode, failed.stderr) == (125, f"covenv: cannot write to the standard output: {why}\n")


@pytest.mark.parametrize("why", OUTPUTS)
@pytest.mark.parametrize("words", OF_SIGFORWARD, ids=" ".join)
def test_sigforward_says_so(sigforward, words, why):
    failed = OUTPUTS[why]([sigforward, *words])
    assert (failed.returncode, failed.stderr) == (125, f"sigforward: cannot write to the standard output: {why}\n")


@pytest.mark.parametrize("program", ["covenv", "sigforward"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_a_command_finds_closed_what_the_caller_has_closed(request, tmp_path, program, closed):
    """And covenv opens no file of its own in that place."""
    path = request.getfixturevalue(program)
    wrapper = [path, "run", "--"] if program == "covenv" else [path, "--"]
    shown = tmp_path / "shown"
    # Descriptor 9 is the file into which the command's descriptors are written.
    script = f'exec 9>"{shown}"; "$@" {closed}; echo $?'
    inner = ["sh", "-c", "for fd in 0 1 2; do [ -e /proc/$$/fd/$fd ] && open=\"$open $fd\"; done; echo $open >&9"]
    results = []
    for command in (inner, [*wrapper, *inner]):
        ended = subprocess.run(["sh", "-c", script, "sh", *map(os.fspath, command)], stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=60)
        results.append((ended.stdout, ended.stderr, shown.read_text()))
    assert results[0] == results[1]
    assert results[0][2].split() == [fd for fd, sign in zip("012", ("<", ">", "2")) if sign not in closed]
