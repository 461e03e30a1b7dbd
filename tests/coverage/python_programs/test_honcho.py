# SPDX-License-Identifier: MIT
"""honcho: each process of a Procfile runs behind a shell, in a session of its own."""

import pytest


@pytest.mark.parametrize("end, status", [
    ("process.terminate()", 143),
    ("process.send_signal(signal.SIGINT)", 130),
])
def test_start(project, end, status):
    write_suite(project, end, status)
    assert project.pytest().kept("server.py", "Hello.do_GET")


def test_bare(project):
    write_suite(project, "process.terminate()", 143)
    assert not project.pytest(preload=False).kept("server.py", "Hello.do_GET")


def write_suite(project, end, status):
    project.write("Procfile", f"web: {project.python} server.py\n")
    project.write("test_it.py", f"""
        import signal
        from helpers import BIN, LOG, get, start, until

        def test_it():
            process, url = start(BIN / "honcho", "start")
            assert get(f"{{url}}/hello") == "/hello"
            # A signal while honcho prints makes honcho fail ("reentrant call inside BufferedWriter").
            until(lambda: "GET /hello" in LOG.read_text())
            {end}
            assert process.wait() == {status}
    """)
