# SPDX-License-Identifier: MIT
"""Ruby, Perl and PHP, killed and ended: the counts are those of a normal end at the same point, and so is no status."""

import os
import random
import signal
import subprocess
import time

import pytest
import readme
from languages import KEPT_BARE, LANGUAGES, WAYS
from place import AMOUNTS
from runner import STARTS
from table import KILLS, section


CELLS = [(name, end) for name, language in LANGUAGES.items() for end in [*KILLS, *language.ends]]


@pytest.mark.parametrize("language, end", CELLS)
def test_ended(language, end, place, expected, libcovenv):
    bare = place("bare", language, None)
    status = bare.run("Popen()", end)
    is_kept_bare = bare.counts() == expected(language)
    assert is_kept_bare == (end in KEPT_BARE[language]), "the table says so"
    preloaded = place("preloaded", language, libcovenv)
    assert preloaded.run("Popen(env={})", end) == status
    assert preloaded.counts() == ({} if end in LANGUAGES[language].lost else expected(language))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_started(language, start, place, expected, libcovenv):
    preloaded = place("preloaded", language, libcovenv)
    if start == "shell=True":
        # A shell that waits for the server: it is killed with the group, and may hear of the server's end before.
        assert os.waitstatus_to_exitcode(preloaded.run(start, "killpg()")) in (-9, 128 + 9)
    else:
        assert os.waitstatus_to_exitcode(preloaded.run(start, "kill()")) == -9
    assert preloaded.counts() == expected(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_normal_end_is_counted_once(language, place, expected, libcovenv):
    preloaded = place("preloaded", language, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "exit")) == 3
    assert preloaded.counts() == expected(language)


@pytest.mark.parametrize("language, way", [(language, way) for language, ways in WAYS.items() for way in ways])
def test_killed_in_each_way_of_waiting(language, way, place, expected, libcovenv, request):
    for number in range(50 if request.config.getoption("--full") else 3):
        preloaded = place(f"round-{number}", language, libcovenv)
        amounts = [*AMOUNTS, *way.split()]
        assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", amounts)) == -9
        counts = preloaded.counts()
        known = expected(language)
        assert counts.keys() == known.keys()
        assert all(counts[place] >= known[place] and bool(counts[place]) == bool(known[place]) for place in known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_killed_at_any_moment(language, place, libcovenv, request):
    for number in range(50 if request.config.getoption("--full") else 5):
        preloaded = place(f"round-{number}", language, libcovenv)
        amounts = [str(random.randrange(1, 1000)), "busy"]
        assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", amounts)) == -9
        assert any(preloaded.counts().values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_forked_worker(language, place, libcovenv, expected):
    """A worker that its parent kills has counts of its own, beside those of the parent."""
    preloaded = place("preloaded", language, libcovenv)
    assert os.waitstatus_to_exitcode(preloaded.run("Popen(env={})", "kill()", [*AMOUNTS, "fork"])) == -9
    known = expected(language)
    more = {where: count - known[where] for where, count in preloaded.counts().items()}
    assert any(count > 0 for count in more.values()) and min(more.values()) >= 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_killed_during_the_start(language, place, programs, libcovenv):
    """No kill hangs, and each one ends the process by SIGKILL, however far the runtime has come."""
    code = (
        "import os, signal, subprocess, sys, time\n"
        "for number in range(15):\n"
        "    server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\n"
        "    time.sleep(0.004 * number)\n"
        "    server.kill()\n"
        "    print(server.wait())\n"
    )
    folder = place("starting", language, libcovenv).folder
    variables = {**os.environ, **LANGUAGES[language].variables(folder), "LD_PRELOAD": str(libcovenv)}
    began = time.monotonic()
    done = subprocess.run(
        ["python3", "-c", code, programs[language]], env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(-signal.SIGKILL)] * 15, done.stderr
    assert time.monotonic() - began < 20, "no kill has waited for the whole grace"


def test_the_table_shows_what_is_kept():
    assert readme.shown("scripting") == section(), "python3 tests/coverage/scripting/table.py rewrites it"
