# SPDX-License-Identifier: MIT
"""A kill takes no longer than the grace: then the killer's signal is sent. A second kill is never delayed."""

import pytest

TERM = {"COVENV_KILL": "term"}

DEAF = """
    import os, signal

    def ignore(number, frame):
        os.write(1, signal.Signals(number).name.encode() + b"\\n")

    signal.signal(signal.SIGTERM, ignore)
    signal.signal(signal.SIGINT, ignore)
    print("ready", flush=True)
    while os.read(0, 1):
        pass
"""


@pytest.fixture
def deaf(small):
    small.write("deaf.py", DEAF)
    return small


def test_a_server_that_does_not_end_is_killed(deaf):
    deaf.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("deaf.py")
            process.kill()
            # Within milliseconds of the signal; the deadline is for one that was never sent.
            assert process.wait(timeout=10) == -9
            assert process.stdout.read() == b"SIGTERM\\n"
    """)
    deaf.pytest(env=TERM)


def test_the_grace_is_what_was_asked_for(deaf):
    deaf.write("test_it.py", """
        import time
        from helpers import start

        def test_it():
            process = start("deaf.py")
            begin = time.monotonic()
            process.kill()
            waited = time.monotonic() - begin
            assert process.wait(timeout=10) == -9
            assert 0.2 <= waited < 5
    """)
    deaf.pytest(env=TERM | {"COVENV_GRACE": "200ms"})


def test_a_second_kill_goes_through_at_once(deaf):
    deaf.write("test_it.py", """
        import os, signal, threading
        from helpers import start

        def test_it():
            process = start("deaf.py")
            thread = threading.Thread(target=process.kill)
            thread.start()
            # The first kill has asked, and waits.
            assert process.stdout.readline() == b"SIGTERM\\n"
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait(timeout=30) == -9
            thread.join(timeout=30)
            assert not thread.is_alive()
    """)
    deaf.pytest(env=TERM | {"COVENV_GRACE": "300s"})


def test_a_server_that_ends_sooner_is_not_waited_for(small):
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("server.py")
            process.kill()
            assert process.wait() == -9
    """)
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("server.py")
