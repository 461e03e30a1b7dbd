# SPDX-License-Identifier: MIT
"""pytest-xprocess: its processes outlive the session, unless a fixture terminates them."""

import pytest

# pytest-xprocess keeps the records of its processes in pytest's cache.
CACHE = ["-p", "cacheprovider"]


@pytest.mark.parametrize("program", ["server.py", "deaf.py"])
def test_terminate(project, program):
    write_suite(project, program)
    assert project.pytest(*CACHE).kept("server.py", "Hello.do_GET")


def test_bare(project):
    write_suite(project, "server.py")
    assert not project.pytest(*CACHE, preload=False).kept("server.py", "Hello.do_GET")


def write_suite(project, program):
    project.write("deaf.py", """
        import signal
        import server

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.main()
    """)
    project.write("test_it.py", f"""
        import re, sys
        from pathlib import Path
        import pytest
        from helpers import ADDRESS, get
        from xprocess import ProcessStarter

        @pytest.fixture
        def url(xprocess):
            class Starter(ProcessStarter):
                pattern = "Serving"
                args = [sys.executable, Path({program!r}).absolute()]
                env = {{"SHOP_CURRENCY": "EUR"}}
                timeout = 30

            _, log = xprocess.ensure("server", Starter)
            yield re.search(ADDRESS, Path(log).read_text())[0]
            # What has not ended by then is killed.
            assert xprocess.getinfo("server").terminate(timeout=0.5) == 1

        def test_it(url):
            assert get(f"{{url}}/hello") == "/hello"
    """)
