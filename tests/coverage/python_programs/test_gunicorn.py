# SPDX-License-Identifier: MIT
"""gunicorn: its workers are forks, of a master that has imported the application with --preload."""

import pytest

GROUP = "os.killpg(process.pid, signal.SIGKILL)"


@pytest.mark.parametrize("options", [
    ("--worker-class", "sync"),
    ("--worker-class", "gthread"),
    ("--preload",),
], ids=" ".join)
@pytest.mark.parametrize("end, status", [("process.terminate()", 0), (GROUP, -9)])
def test_workers(project, options, end, status):
    write_suite(project, end, status, *options)
    report = project.pytest()
    assert report.kept("words.py", "lead")
    assert report.kept("words.py", "follow")


def test_workers_that_leave_after_their_master(project):
    write_suite(project, "process.kill(); psutil.wait_procs(workers)", -9, "--worker-class", "gthread")
    report = project.pytest()
    assert report.kept("words.py", "lead")
    assert report.kept("words.py", "follow")


def test_bare(project):
    write_suite(project, GROUP, -9)
    assert not project.pytest(preload=False).kept("words.py", "lead")


def write_suite(project, end, status, *options):
    project.write("test_it.py", f"""
        import os, signal
        import psutil
        from helpers import BIN, hear, start

        def test_it():
            process, url = start(BIN / "gunicorn", "wsgi:app", "--bind", "127.0.0.1:0", "--workers", "2", *{options})
            hear(url, "leader", "follower")
            workers = psutil.Process(process.pid).children()
            {end}
            assert process.wait() == {status}
    """)
