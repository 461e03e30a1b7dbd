# SPDX-License-Identifier: MIT
"""Programs that kill: their targets' coverage is kept, and their output and status do not change."""

import json

import pytest

KILLERS = {
    "bash": ["bash", "-c", "kill -9 {pid}"],
    "dash": ["dash", "-c", "kill -KILL {pid}"],
    "zsh": ["zsh", "-fc", "kill -9 {pid}"],
    "busybox_sh": ["busybox", "sh", "-c", "kill -9 {pid}"],
    "busybox_kill": ["busybox", "kill", "-9", "{pid}"],
    "perl": ["perl", "-e", "exit !kill('KILL', {pid})"],
    "start_stop_daemon": ["start-stop-daemon", "--stop", "--signal", "KILL", "--pid", "{pid}"],
    "sudo": ["sudo", "-n", "sh", "-c", "kill -9 {pid}"],
    "script": ["script", "-qec", "kill -9 {pid}", "/dev/null"],
    "make": ["make", "-sf", "Makefile", "PID={pid}"],
}


@pytest.mark.parametrize("name", KILLERS)
def test_kept(project, name):
    preloaded, outcome = report(project, name, preload=True)
    assert preloaded.kept("server.py")
    bare, expected = report(project, name, preload=False)
    assert not bare.kept("server.py")
    assert outcome == expected


def report(project, name, **options):
    """Runs a suite with the killer `name`. Returns the Report, and the killer's [status, stdout, stderr] with PID."""
    project.write("Makefile", "all:\n\tkill -9 $(PID)\n")
    project.write("test_it.py", f"""
        import json, os, subprocess
        from helpers import start

        def test_it():
            process = start("server.py")
            killer = [word.format(pid=process.pid) for word in {KILLERS[name]!r}]
            done = subprocess.run(killer, env={{"PATH": os.environ["PATH"]}}, capture_output=True, text=True)
            assert process.wait(timeout=60) == -9
            outcome = [done.returncode, done.stdout, done.stderr]
            with open("outcome.json", "w") as file:
                file.write(json.dumps(outcome).replace(str(process.pid), "PID"))
    """)
    return project.pytest(**options), json.loads((project.folder / "outcome.json").read_text())
