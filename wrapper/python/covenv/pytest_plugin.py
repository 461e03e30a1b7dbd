# SPDX-License-Identifier: MIT
"""`pytest --covenv`: this pytest again, under covenv, before anything is collected. Not asked for, it does nothing."""

import os
import subprocess
import sys

import pytest

from covenv import under
from covenv.summary import covenv_summary_lines

NOTHING_MEASURED = "nothing is measured, so nothing is kept: add --cov, or run pytest by coverage run -m pytest"
HELP = "run under covenv, which keeps the coverage of subprocesses"


def pytest_addoption(parser):
    group = parser.getgroup("covenv")
    group.addoption("--covenv", action="store_true", default=None, help=HELP)
    group.addoption("--no-covenv", action="store_false", dest="covenv", help="not even where the configuration says so")
    parser.addini("covenv", HELP, type="bool", default=False)


def wanted(config, options):
    return (config.getini("covenv") if options.covenv is None else options.covenv) and not under.is_disabled()


# The outermost: the capture plugin, whose hook is a wrapper as well, redirects the descriptors.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if wanted(early_config, early_config.known_args_namespace) and not under.why_never():
        if under.is_under():
            os.environ.pop(under.TRIED, None)
        else:
            become(early_config)
    yield


def become(config):
    try:
        under.become()
    except (under.Refused, OSError, subprocess.SubprocessError) as error:
        warning = pytest.PytestWarning(f"--covenv has no effect: {error}")
        try:
            config.issue_config_time_warning(warning, stacklevel=2)
        except pytest.PytestWarning:
            # With -W error the suite runs as well.
            print(warning, file=sys.stderr)


def pytest_terminal_summary(terminalreporter, config):
    if not wanted(config, config.option):
        return
    if under.why_never():
        # No warning, because suites count these.
        terminalreporter.write_line(f"--covenv has no effect: {under.why_never()}")
        return
    lines = covenv_summary_lines()
    if lines:
        terminalreporter.section("covenv")
        for line in lines:
            terminalreporter.write_line(line)
    elif lines is not None and not config.option.collectonly:
        terminalreporter.write_line(f"covenv: {NOTHING_MEASURED}")
