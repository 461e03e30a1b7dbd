# SPDX-License-Identifier: MIT
"""Celery: a prefork worker, whose broker and results are folders."""

import pytest

GROUP = "os.killpg(process.pid, signal.SIGKILL)"


# A warm shutdown takes Celery seven seconds, bare as well.
def test_warm_shutdown(project):
    write_suite(project, "process.terminate()", 0)
    assert project.pytest().kept("tasks.py", "add")


def test_the_group_is_killed(project):
    write_suite(project, GROUP, -9)
    assert project.pytest().kept("tasks.py", "add")


# The kernel kills the children with their parent, because they have asked for it: the same with the library as without.
@pytest.mark.parametrize("preload", [True, False], ids=["preloaded", "bare"])
def test_the_parent_alone_is_killed(project, preload):
    write_suite(project, "process.kill()", -9)
    project.pytest(preload=preload)


def test_bare(project):
    write_suite(project, GROUP, -9)
    assert not project.pytest(preload=False).kept("tasks.py", "add")


def write_suite(project, end, status):
    project.write("tasks.py", """
        from pathlib import Path
        from celery import Celery

        folder = Path("broker").absolute()
        folder.mkdir(exist_ok=True)
        app = Celery("tasks", broker="filesystem://", backend=f"file://{folder}")
        app.conf.broker_transport_options = {
            "data_folder_in": folder, "data_folder_out": folder, "control_folder": folder, "polling_interval": 0.05,
        }

        @app.task
        def add(a, b):
            return a + b
    """)
    project.write("test_it.py", f"""
        import os, signal
        from helpers import BIN, start
        from tasks import add

        def test_it():
            # Before there is a worker, which may take a message out of its folder before it is all there.
            added = add.delay(2, 3)
            process, _ = start(
                BIN / "celery", "-A", "tasks", "worker", "--loglevel", "info", "--concurrency", "2", "--without-mingle",
                ready="ready")
            assert added.get(timeout=30, interval=0.05) == 5
            {end}
            assert process.wait() == {status}
    """)
