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
said = False  # in this process, that --covenv has no effect


def pytest_addoption(parser):
    group = parser.getgroup("covenv")
    group.addoption("--covenv", action="store_true", default=None, help=HELP)
    group.addoption("--no-covenv", action="store_false", dest="covenv", help="not even where the configuration says so")
    parser.addini("covenv", HELP, type="bool", default=False)


def wanted(config, options):
    return (config.getini("covenv") if options.covenv is None else options.covenv) and not under.is_disabled()


def is_inner():
    """Whether this pytest runs inside a test of another, in its process or below, which tells for both.

    A pytest that has started anew has a session of its own, and tells.
    """
    return "PYTEST_CURRENT_TEST" in os.environ and under.TRIED not in os.environ


# The outermost: the capture plugin, whose hook is a wrapper as well, redirects the descriptors.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if not is_inner():
        early_config.pluginmanager.register(TerminalSummary(), "covenv-summary")
    if wanted(early_config, early_config.known_args_namespace) and not under.why_never():
        if under.is_under():
            os.environ.pop(under.TRIED, None)
        else:
            become(early_config)
    yield


def become(config):
    global said
    try:
        under.become(config.invocation_params.dir)
    except (under.Refused, OSError, subprocess.SubprocessError) as error:
        if said:
            return  # the outer pytest has, and the suite may compare what an inner one prints
        said = True
        warning = pytest.PytestWarning(f"--covenv has no effect: {error}")
        try:
            config.issue_config_time_warning(warning, stacklevel=2)
        except pytest.PytestWarning:
            # With -W error the suite runs as well.
            print(warning, file=sys.stderr)


class TerminalSummary:
    @staticmethod
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
