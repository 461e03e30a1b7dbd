# SPDX-License-Identifier: MIT
"""Workers of pytest-xdist that die. xdist starts new ones, whose pytest-cov erases data that it takes for an old run's.
"""

import pytest
from shared_memory import journals
from user_project import combined

FAILS = ("sh", "-c", '"$@"; test $? -eq 1', "sh")

FUSE = """
    import os
    import signal

    def spark(n):
        x = n * 2
        return x

    def blow():
        marker = "blown"
        os.kill(os.getpid(), signal.SIGKILL)
        return marker

    def leave(code):
        state = {"code": code}
        os._exit(state["code"])
"""
DAM = """
    import time

    def fill(level):
        level += 1
        return level

    def burst():
        water = 9
        time.sleep(600)
        return water
"""


def write_fuse(project):
    project.write("fuse.py", FUSE)
    project.write("test_fuse.py", """
        import pytest
        import fuse

        @pytest.mark.parametrize("n", range(6))
        def test_spark(n):
            assert fuse.spark(n) == 2 * n

        def test_blow():
            fuse.blow()

        def test_leave():
            fuse.leave(7)
    """)


def own_journals(project):
    return [journal for journal in journals() if bytes(project.folder) in journal.read_bytes()[:4096]]


@pytest.mark.parametrize("options", [(), ("--max-worker-restart=0",)], ids=["restarted", "not restarted"])
def test_a_worker_that_dies(project, options):
    write_fuse(project)
    report = project.pytest("-n", "2", *options, through=FAILS)
    assert "crashed while running 'test_fuse.py::test_blow'" in report.output or "--max-worker-restart=0" in options
    assert report.kept("fuse.py", "spark")
    ran = [report.ran("fuse.py", "blow"), report.ran("fuse.py", "leave")]
    blown = ['marker = "blown"', "os.kill(os.getpid(), signal.SIGKILL)"]
    left = ['state = {"code": code}', 'os._exit(state["code"])']
    # If no new workers are started, one of the two tests may have had no worker.
    assert ran == [blown, left] or (options and ran in ([blown, []], [[], left]))
    assert own_journals(project) == []


def test_data_that_a_new_worker_erases_are_lost(project, covenv):
    """`covenv run` reports the data that a new worker erases: two processes' without journals, one's with journals.

    With journals the data of a child that has ended by itself are erased, because coverage has written its data file.
    """
    write_fuse(project)
    project.write("test_fuse.py", """
        import subprocess
        import sys

        import fuse

        def test_blow():
            subprocess.run([sys.executable, "-c", "import fuse; fuse.spark(1)"], check=True)
            fuse.blow()

        def test_next():
            pass
    """)
    lines = {}
    for journal in ("0", "1"):
        through = (*FAILS, covenv, "run", "--")
        report = project.pytest("-n", "1", preload=False, through=through, env={"COVENV_JOURNAL": journal})
        lines[journal] = [line for line in report.output.splitlines() if "LOST" in line]
        assert bool(report.ran("fuse.py", "blow")) == (journal == "1") and not report.ran("fuse.py", "spark")
    assert [line.split(":")[1] for line in lines["0"]] == [" LOST 2 x data erased"]
    assert [line.split(":")[1] for line in lines["1"]] == [" LOST 1 x data erased"]


def write_dam(project):
    project.write("dam.py", DAM)
    project.write("pytest.ini", "[pytest]\nfaulthandler_timeout = 1\nfaulthandler_exit_on_timeout = true\n")
    project.write("test_dam.py", """
        import pytest
        import dam

        @pytest.mark.parametrize("n", range(4))
        def test_fill(n):
            assert dam.fill(n) == n + 1

        def test_burst():
            dam.burst()
    """)


def kept(report):
    return report.kept("dam.py", "fill") and report.ran("dam.py", "burst") == ["water = 9", "time.sleep(600)"]


def test_a_worker_that_the_watchdog_of_faulthandler_ends(project):
    write_dam(project)
    assert kept(project.pytest("-n", "2", through=FAILS))
    assert own_journals(project) == []


def test_a_runner_that_the_watchdog_of_faulthandler_ends(project, covenv):
    """The runner dies before it combines, so `covenv run` makes data of the journals at its own end."""
    write_dam(project)
    output = project.pytest(preload=False, report=False, through=(*FAILS, covenv, "run", "--")).output
    assert "Timeout (0:00:01)!" in output and "covenv: nothing lost: 1 process, 1 measured; " in output
    assert own_journals(project) == []
    assert kept(combined(project.folder, project.python))
