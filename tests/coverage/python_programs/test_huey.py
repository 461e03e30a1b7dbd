# SPDX-License-Identifier: MIT
"""huey: a consumer whose workers are threads, or forks of it."""

import pytest

GROUP = "os.killpg(process.pid, signal.SIGKILL)"


@pytest.mark.parametrize("workers, end, status", [
    ("thread", "process.send_signal(signal.SIGINT)", 0),
    ("thread", GROUP, -9),
    ("process", "process.terminate()", 0),
    ("process", GROUP, -9),
])
def test_consumer(project, workers, end, status):
    write_suite(project, workers, f"{end}; assert process.wait() == {status}")
    assert project.pytest().kept("tasks.py", "add")


# At SIGHUP the consumer executes itself anew, with the same pid.
def test_restart(project):
    write_suite(project, "thread", """
            process.send_signal(signal.SIGHUP)
            until(lambda: LOG.read_text().count("Huey consumer started") == 2)
            assert multiply(2, 3).get(blocking=True, timeout=30) == 6
            process.kill()
            assert process.wait() == -9
    """)
    report = project.pytest()
    assert report.kept("tasks.py", "add")
    assert report.kept("tasks.py", "multiply")


def test_bare(project):
    write_suite(project, "thread", GROUP)
    assert not project.pytest(preload=False).kept("tasks.py", "add")


def write_suite(project, workers, end):
    project.write("tasks.py", """
        from huey import SqliteHuey

        huey = SqliteHuey(filename="huey.db")

        @huey.task()
        def add(a, b):
            return a + b

        @huey.task()
        def multiply(a, b):
            return a * b
    """)
    project.write("test_it.py", f"""
        import os, signal
        from helpers import BIN, LOG, start, until
        from tasks import add, multiply

        def test_it():
            process, _ = start(BIN / "huey_consumer", "tasks.huey", "-k", {workers!r}, ready="Huey consumer started")
            assert add(2, 3).get(blocking=True, timeout=30) == 5
            {end.strip()}
    """)
