# SPDX-License-Identifier: MIT
"""pexpect: a program with a terminal of its own."""

import pytest


@pytest.mark.parametrize("end, signal", [
    ("child.terminate(force=True)", 1),
    ("child.kill(signal.SIGKILL)", 9),
    ("child.sendintr()", 2),
])
def test_spawn(project, end, signal):
    write_suite(project, end, signal)
    assert project.pytest().kept("program.py", "greet")


# It dies of the SIGHUP of a terminal that is closed, which no library sees: no better than bare, and no worse.
@pytest.mark.parametrize("preload", [True, False], ids=["preloaded", "bare"])
def test_close(project, preload):
    write_suite(project, "child.close(force=True)", 1)
    project.pytest(preload=preload)


def test_bare(project):
    write_suite(project, "child.terminate(force=True)", 1)
    assert not project.pytest(preload=False).kept("program.py", "greet")


def write_suite(project, end, signal):
    project.write("program.py", """
        def greet(name):
            print(f"hello {name}")

        while True:
            greet(input("name? "))
    """)
    project.write("test_it.py", f"""
        import signal, sys
        import pexpect

        def test_it():
            child = pexpect.spawn(sys.executable, ["program.py"], env={{}}, timeout=30)
            child.expect(r"name\\? ")
            child.sendline("you")
            child.expect("hello you")
            child.expect(r"name\\? ")
            {end}
            child.wait()
            assert child.signalstatus == {signal}
    """)
