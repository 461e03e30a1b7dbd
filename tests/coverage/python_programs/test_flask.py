# SPDX-License-Identifier: MIT
"""Flask's development server: the reloader starts the server anew on a change."""

import pytest

GROUP = "os.killpg(process.pid, signal.SIGKILL)"


@pytest.mark.parametrize("end, status", [
    ("process.terminate()", 0),
    ("process.send_signal(signal.SIGINT)", 0),
    (GROUP, -9),
])
def test_reload(reloaded, end, status):
    write_suite(reloaded, end, status)
    report = reloaded.pytest()
    assert report.kept("old.py", "word")
    assert report.kept("fresh.py", "word")


def test_bare(reloaded):
    write_suite(reloaded, GROUP, -9)
    report = reloaded.pytest(preload=False)
    assert not report.kept("old.py", "word")
    assert not report.kept("fresh.py", "word")


def write_suite(project, end, status):
    project.write("app.py", """
        from flask import Flask
        from words import word

        app = Flask(__name__)

        @app.get("/")
        def hello():
            return word()
    """)
    project.write("test_it.py", f"""
        import os, signal
        from helpers import BIN, edit, hear, start, try_to_get

        def test_it():
            process, url = start(BIN / "flask", "--app", "app", "run", "--debug", "--port", "0")
            hear(url, "old")
            edit("words.py", "from fresh import word\\n", lambda: try_to_get(url) == "fresh")
            {end}
            assert process.wait() == {status}
    """)
