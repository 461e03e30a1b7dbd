# SPDX-License-Identifier: MIT
"""The suite of scripts/demo, unchanged, in every way in which users may run it."""

import pytest

pytestmark = pytest.mark.each_stack


@pytest.fixture
def shop(project):
    project.use("shop")
    return project


def test_bare_the_server_is_lost(shop):
    assert shop.pytest(preload=False).percent("server.py") == 0


def test_preloaded_the_server_is_kept(shop):
    assert shop.pytest().percent("server.py") >= 95


def test_covenv_run_keeps_the_server(shop, covenv):
    assert shop.pytest(preload=False, through=[covenv, "run", "--"]).percent("server.py") >= 95


def test_with_sigterm_configured(shop):
    shop.configure("sigterm = true")
    assert shop.pytest().percent("server.py") >= 95


def test_with_branch_coverage(shop):
    shop.configure("branch = true")
    assert shop.pytest().percent("server.py") >= 95
