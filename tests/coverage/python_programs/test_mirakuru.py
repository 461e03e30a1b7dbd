# SPDX-License-Identifier: MIT
"""mirakuru: an executor signals the whole group of what it has started."""

import pytest


@pytest.mark.parametrize("options, end", [
    ("", "stop"),
    ("stop_signal=signal.SIGKILL", "stop"),
    ("shell=True", "kill"),
])
def test_http_executor(project, options, end):
    write_suite(project, options, end)
    assert project.pytest().kept("server.py", "Hello.do_GET")


def test_bare(project):
    write_suite(project, "", "stop")
    assert not project.pytest(preload=False).kept("server.py", "Hello.do_GET")


def write_suite(project, options, end):
    project.write("test_it.py", f"""
        import signal, socket, sys
        import pytest
        from helpers import get
        from mirakuru import HTTPExecutor

        @pytest.fixture
        def url():
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            url = f"http://127.0.0.1:{{port}}"
            executor = HTTPExecutor([sys.executable, "server.py", str(port)], url=url, timeout=30, {options})
            executor.start()
            yield url
            executor.{end}()

        def test_it(url):
            assert get(f"{{url}}/hello") == "/hello"
    """)
