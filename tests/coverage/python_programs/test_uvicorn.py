# SPDX-License-Identifier: MIT
"""uvicorn: one process, workers, the reloader."""

import pytest

GROUP = "os.killpg(process.pid, signal.SIGKILL)"


@pytest.mark.parametrize("end, status", [
    ("process.terminate()", -15),
    ("process.send_signal(signal.SIGINT)", 0),
    ("process.kill()", -9),
])
def test_one_process(project, end, status):
    write_suite(project, end, status)
    assert project.pytest().kept("asgi.py", "answer")


def test_bare(project):
    write_suite(project, "process.kill()", -9)
    assert not project.pytest(preload=False).kept("asgi.py", "answer")


@pytest.mark.parametrize("end, status", [
    ("process.terminate()", 0),
    (GROUP, -9),
    ("kill_tree(process)", -9),
    # The workers of a supervisor that is killed alone go on, bare as well.
    (f"process.kill(); process.wait(); assert get(url); {GROUP}", -9),
])
def test_workers(project, end, status):
    write_suite(project, end, status, "--workers", "2", hear=["leader", "follower"])
    report = project.pytest()
    assert report.kept("words.py", "lead")
    assert report.kept("words.py", "follow")


@pytest.mark.parametrize("end, status", [("process.terminate()", 0), (GROUP, -9)])
def test_reload(reloaded, end, status):
    edit = 'edit("words.py", "from fresh import word\\n", lambda: try_to_get(url) == "fresh")'
    write_suite(reloaded, f"{edit}; {end}", status, "--reload", hear=["old"])
    report = reloaded.pytest()
    assert report.kept("old.py", "word")
    assert report.kept("fresh.py", "word")


def write_suite(project, end, status, *options, hear=("leader",)):
    project.write("test_it.py", f"""
        import os, signal
        import psutil
        from helpers import BIN, edit, get, hear, start, try_to_get

        def kill_tree(process):
            parent = psutil.Process(process.pid)
            for each in [*parent.children(recursive=True), parent]:
                each.kill()

        def test_it():
            process, url = start(BIN / "uvicorn", "asgi:app", "--port", "0", *{options})
            hear(url, *{hear})
            {end}
            assert process.wait() == {status}
    """)
