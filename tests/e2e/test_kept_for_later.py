# SPDX-License-Identifier: MIT
"""A signal that does not end its target bare does not end it here: blocked ones wait for whoever takes them."""

import pytest

SERVER = """
    import signal
    from job import work

    def wait():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        work()
        print("ready", flush=True)
        number = TAKE
        print(number, flush=True)
        return number

    raise SystemExit(wait())
"""

TAKES = {
    "sigwait": "signal.sigwait({signal.SIGTERM})",
    "sigwaitinfo": "signal.sigwaitinfo({signal.SIGTERM}).si_signo",
    "sigtimedwait": "signal.sigtimedwait({signal.SIGTERM}, 300).si_signo",
    "sigpending": "next(number for number in iter(lambda: sum(signal.sigpending()), None) if number)",
}


@pytest.mark.parametrize("take", TAKES.values(), ids=TAKES)
def test_blocked(small, take):
    small.write("patient.py", SERVER.replace("TAKE", take))
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("patient.py")
            process.terminate()
            assert process.stdout.readline() == b"15\\n"
            assert process.wait() == 15
    """)
    assert small.pytest(env={"COVENV_GRACE": "300s"}).kept("patient.py", "wait")


def test_blocked_and_let_through(small):
    small.write("patient.py", """
        import os, signal
        from job import work

        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        work()
        print("ready", flush=True)
        os.read(0, 1)
        print("alive", flush=True)
        os.read(0, 1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        while True:
            signal.pause()
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("patient.py", bufsize=0)
            process.terminate()
            process.stdin.write(b".")
            assert process.stdout.readline() == b"alive\\n"
            process.stdin.write(b".")
            assert process.wait() == -15
    """)
    small.pytest(env={"COVENV_GRACE": "300s"})
