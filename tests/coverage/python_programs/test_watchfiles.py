# SPDX-License-Identifier: MIT
"""watchfiles: a command, or a function in a process of its own, started anew on a change."""

import pytest

COMMAND = 'BIN / "watchfiles", "--filter", "python", f"{sys.executable} job.py", "."'
FUNCTION = 'sys.executable, "watch.py"'
GROUP = "os.killpg(process.pid, signal.SIGKILL)"


@pytest.mark.parametrize("target", [COMMAND, FUNCTION], ids=["command", "function"])
# watchfiles turns SIGTERM into an interrupt, of which it dies if it is not just waiting for changes.
@pytest.mark.parametrize("end, statuses", [("process.terminate()", (0, -2)), (GROUP, (-9,))])
def test_restart(reloaded, target, end, statuses):
    write_suite(reloaded, target, end, statuses)
    report = reloaded.pytest()
    assert report.kept("old.py", "word")
    assert report.kept("fresh.py", "word")


def test_bare(reloaded):
    write_suite(reloaded, COMMAND, GROUP, (-9,))
    report = reloaded.pytest(preload=False)
    assert not report.kept("old.py", "word")
    assert not report.kept("fresh.py", "word")


def write_suite(project, target, end, statuses):
    project.write("job.py", """
        import time
        from words import word

        def main():
            print(word(), flush=True)
            time.sleep(60)

        if __name__ == "__main__":
            main()
    """)
    project.write("watch.py", """
        from job import main
        from watchfiles import PythonFilter, run_process

        if __name__ == "__main__":
            run_process(".", target=main, watch_filter=PythonFilter())
    """)
    project.write("test_it.py", f"""
        import os, signal, sys
        from helpers import BIN, LOG, edit, start

        def test_it():
            process, _ = start({target}, ready="old")
            edit("words.py", "from fresh import word\\n", lambda: "fresh" in LOG.read_text().split())
            {end}
            assert process.wait() in {statuses}
    """)
