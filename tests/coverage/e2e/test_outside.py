# SPDX-License-Identifier: MIT
"""A child that is measured, and runs no file of the source: the report names the files that it ran first."""

import json

import pytest

SUITE = """
    import subprocess
    import sys

    import shop.till
    from helpers import start

    def test_copy():
        shop.till.pay()
        process = start("copy/server.py", env={})
        process.kill()
        process.wait()

    def test_of_source():
        subprocess.run([sys.executable, "-c", "import copied, shop.till"], check=True)
"""
SERVER = """
    import json
    import time

    exec(compile("pass", __file__, "exec"))
    import one
    import two
    import three

    print("ready", flush=True)
    while True:
        time.sleep(0.01)
"""


@pytest.fixture
def report_of(small, covenv):
    """A function that runs the suite, with its source in `shop` alone: the report, and what was printed."""
    small.measure = "--cov=shop"
    for folder in ("shop", "copy"):
        (small.folder / folder).mkdir()
    small.write("shop/till.py", "def pay():\n    return 1\n")
    small.write("copied.py", "")
    small.write("test_it.py", SUITE)
    small.write("copy/server.py", SERVER)
    for name in ("one", "two", "three"):
        small.write(f"copy/{name}.py", "")

    def run(**options):
        report = small.folder / "session.json"
        printed = small.pytest(preload=False, through=(covenv, "run", "--report", report, "--"), **options)
        return json.loads(report.read_text()), printed

    return run


def test_the_files_that_ran_first_are_named_in_their_order(report_of, small):
    report, printed = report_of()
    [server] = [process for process in report["processes"] if process["argv"][-1:] == ["copy/server.py"]]
    files = [str(small.folder / "copy" / f"{name}.py") for name in ("server", "one", "two")]
    assert (server["measured"], server["note"], server["outside"]) == (True, "no-source", files)
    text = f"{small.python} copy/server.py; ran first, outside of source and include: {files[0]}, {files[1]}, "
    assert f"1 measured nothing of source: {text}" in printed.output


def test_nothing_is_named_of_a_process_that_ran_the_source(report_of):
    report, _ = report_of()
    [child] = [process for process in report["processes"] if process["argv"][-2:-1] == ["-c"]]
    assert (child["note"], child["outside"]) == ("", [])
