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


# The program dies of SIGHUP when its terminal is closed. The kernel sends that signal, so no library sees it.
@pytest.mark.parametrize("settings, is_kept", [({}, True), ({"COVENV_JOURNAL": "0"}, False)], ids=["journal", "asked"])
def test_close(project, settings, is_kept):
    write_suite(project, "child.close(force=True)", 1)
    assert project.pytest(env=settings).kept("program.py", "greet") == is_kept


@pytest.mark.parametrize("end", ["child.terminate(force=True)", "child.close(force=True)"])
def test_bare(project, end):
    write_suite(project, end, 1)
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
