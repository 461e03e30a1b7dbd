# SPDX-License-Identifier: MIT
"""`covenv report` as a user runs it, and its page in headless Chromium."""

import os
import shutil
import subprocess

import pytest
import reports
from playwright.sync_api import sync_playwright

TIMEOUT = 60


@pytest.fixture(scope="session")
def show(covenv):
    """A function that runs `covenv report` with its arguments, and returns the CompletedProcess."""

    def run(*arguments, **options):
        return subprocess.run(
            [covenv, "report", *arguments], capture_output=True, text=True, timeout=TIMEOUT, **options
        )

    return run


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to run as root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, show, tmp_path):
    """A function that makes the page of a report (a dict), opens it, and returns it as a page of Playwright.

    At the end of the test no page may have written to its console, or requested anything but itself.
    """
    noise = []
    contexts = []

    def open_(report, **options):
        source = reports.write(tmp_path / "report.json", report)
        made = show(source, "--output", tmp_path / "report.html")
        assert made.returncode == 0, made.stderr
        context = browser.new_context(**{"viewport": {"width": 1360, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT * 1000)
        url = (tmp_path / "report.html").as_uri()
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on("request", lambda request: request.url in (url, "data:,") or noise.append(f"request: {request.url}"))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert noise == []
