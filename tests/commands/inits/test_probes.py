# SPDX-License-Identifier: MIT
"""Each probe of scripts/bench/inits, run with sigforward alone: the answer is the one that the table shows."""

import sys
from pathlib import Path

import pytest
import readme
from expected import EXPECTED, expected

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts" / "bench"))
from init_probes.cells import PROBES, cell  # noqa: E402
from init_probes.probe import Settings  # noqa: E402
from init_probes.table import markdown, parsed  # noqa: E402
from init_probes.wrappers import Wrapper  # noqa: E402
from init_probes.wrappers import sigforward as wrapper_of  # noqa: E402

TITLES = [probe.title for probe in PROBES]


@pytest.fixture(scope="session")
def settings(request):
    """The probes' settings, with more patience than the table is made with.

    Patience costs no time here, because everything that sigforward's probes wait for comes.
    """
    return Settings(rounds=1000 if request.config.getoption("--full") else 20, patience=10)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.run.__name__)
def test_probe(probe, sigforward, settings):
    assert cell(probe, wrapper_of(sigforward), settings) == expected(probe.title, settings.rounds)


@pytest.mark.parametrize(
    "name", ["killed", "stopped", "nested_killed", "leftover_in_session", "ended_by_signal", "leftover_as_first"]
)
def test_a_plain_shell_does_not_pass(name):
    [probe] = [probe for probe in PROBES if probe.run.__name__ == name]
    shell = Wrapper("sh", lambda _: ["sh", "-c", '"$@"; exit $?', "-"])
    assert cell(probe, shell, Settings(rounds=1, patience=0.3)) != expected(probe.title, 1)


def test_titles_are_unique_and_known():
    assert len(set(TITLES)) == len(TITLES)
    assert set(EXPECTED) <= set(TITLES)


def test_the_table_can_be_read_back():
    rows = {"a": {"sigforward": "yes", "tini -s": "0, 1 of 20"}, "b": {"sigforward": "-", "tini -s": "no"}}
    assert parsed(markdown(rows)) == rows


def test_the_table_shows_these_rows_and_what_is_tested_here():
    rows = parsed(readme.shown("inits"))
    assert list(rows) == TITLES, "scripts/bench/inits --readme rewrites it"
    for title, cells in rows.items():
        rounds = cells["sigforward"].rpartition(" of ")[2]
        assert cells["sigforward"] == expected(title, rounds), title
