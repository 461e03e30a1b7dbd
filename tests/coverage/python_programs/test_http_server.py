# SPDX-License-Identifier: MIT
"""http.server: a handler class of the user's own."""

import pytest


@pytest.mark.parametrize("end, status", [("kill", -9), ("terminate", -15)])
def test_http_server(project, end, status):
    write_suite(project, end, status)
    assert project.pytest().kept("server.py", "Hello.do_GET")


def test_bare(project):
    write_suite(project, "kill", -9)
    assert not project.pytest(preload=False).kept("server.py", "Hello.do_GET")


def write_suite(project, end, status):
    project.write("test_it.py", f"""
        import sys
        from helpers import get, start

        def test_it():
            process, url = start(sys.executable, "server.py")
            assert get(f"{{url}}/hello") == "/hello"
            process.{end}()
            assert process.wait() == {status}
    """)
