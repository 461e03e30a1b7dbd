# SPDX-License-Identifier: MIT
"""The report of `covenv run` names the test that started a process, however the process is started."""

import json
import sys

import pytest

STARTS = {
    "inherited": "start(sys.executable, 'server.py')",
    "empty": "start(sys.executable, 'server.py', env={})",
    "cleared": "cleared()",
    "env -i": "start('env', '-i', sys.executable, 'server.py')",
    "shell": "start('sh', '-c', f'exec {sys.executable} server.py', env={})",
    "posix_spawn": "spawned()",
    "fork": "forked()",
}
SUITE = """
    import os
    import multiprocessing
    import signal
    import subprocess
    import sys
    from unittest import mock

    import pytest

    def start(*command, **options):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, **options)
        process.stdout.readline()
        return process

    class Child:
        def __init__(self, pid):
            self.pid = pid

        def kill(self):
            os.kill(self.pid, signal.SIGKILL)

        def wait(self):
            os.waitpid(self.pid, 0)

    def cleared():
        with mock.patch.dict(os.environ, clear=True):
            return start(sys.executable, "server.py")

    def spawned():
        reader, writer = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, writer, 1)]
        pid = os.posix_spawn(sys.executable, [sys.executable, "server.py"], {}, file_actions=actions)
        os.close(writer)
        with open(reader) as output:
            output.readline()
        return Child(pid)

    def work(ready):
        ready.send("")
        signal.pause()

    def forked():
        ours, its = multiprocessing.Pipe()
        pid = os.fork()
        if pid == 0:
            work(its)
        ours.recv()
        return Child(pid)

    @pytest.fixture
    def server():
        process = START
        yield process
        process.kill()
        process.wait()

    def test_first(server):
        pass

    def test_second(server):
        process = START
        process.kill()
        process.wait()
"""


def processes_of(project, covenv, *options):
    report = project.folder / "session.json"
    project.pytest(*options, preload=False, through=(covenv, "run", "--report", report, "--"))
    return json.loads(report.read_text())["processes"]


@pytest.mark.parametrize("start", STARTS)
def test_the_test_of_a_start_and_of_a_kill(small, covenv, start):
    small.write("test_it.py", SUITE.replace("START", STARTS[start]))
    killed = [process for process in processes_of(small, covenv) if process["kill"]]
    assert [(process["test"], process["kill"]["test"]) for process in killed] == [
        ("test_it.py::test_first (setup)", "test_it.py::test_first (teardown)"),
        ("test_it.py::test_second (setup)", "test_it.py::test_second (teardown)"),
        ("test_it.py::test_second (call)", "test_it.py::test_second (call)"),
    ]


def test_what_a_child_starts_has_the_test_of_the_child(small, covenv):
    small.write("test_it.py", """
        import subprocess
        import sys

        def test_it():
            inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'], env={{}})"
            subprocess.run([sys.executable, "-c", inner], env={}, check=True)
    """)
    inner = [process for process in processes_of(small, covenv) if process["argv"][-2:] == ["-c", "pass"]]
    assert [process["test"] for process in inner] == ["test_it.py::test_it (call)"]


def test_outside_of_any_test_there_is_none(small, covenv):
    small.write("test_it.py", "def test_it():\n    pass\n")
    small.write("conftest.py", """
        import subprocess

        def run():
            subprocess.run(["true"], check=True)

        def pytest_sessionstart():
            run()

        def pytest_sessionfinish():
            run()
    """)
    assert [process["test"] for process in processes_of(small, covenv) if process["argv"] == ["true"]] == ["", ""]


# Names of tests as pytest has them; it escapes some bytes itself.
@pytest.mark.parametrize("name", ["n" * 206, "n" * 208, "n" * 900, "\\xe9\\u20ac" * 60, "a b\\tc", "n" * 5000])
def test_long_and_odd_names(small, covenv, name):
    small.write("pytest.ini", "[pytest]\ndisable_test_id_escaping_and_forfeit_all_rights_to_community_support = true\n")
    small.write("test_it.py", f"""
        import os
        import pathlib
        import subprocess

        import pytest

        @pytest.mark.parametrize("value", [1], ids=["{name}"])
        def test_it(value):
            pathlib.Path("test.txt").write_text(os.environ["PYTEST_CURRENT_TEST"])
            subprocess.run(["true"], check=True, env={{}})
    """)
    [process] = [process for process in processes_of(small, covenv) if process["argv"] == ["true"]]
    known = (small.folder / "test.txt").read_text()
    assert process["test"] == (known if len(known.encode()) <= 1664 else known[:1664] + "\u2026")


def test_bytes_that_are_no_utf8(small, covenv):
    small.write("test_it.py", """
        import os
        import subprocess

        def test_it():
            os.environb[b"PYTEST_CURRENT_TEST"] = b"test_\\xff.py::test"
            subprocess.run(["true"], check=True)
    """)
    [process] = [process for process in processes_of(small, covenv) if process["argv"] == ["true"]]
    assert process["test"] == "test_\ufffd.py::test"


def test_a_loss_names_it(small, covenv):
    small.write("test_it.py", """
        import subprocess
        import sys

        def test_it():
            code = "import os, resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\\nwhile True: pass"
            subprocess.run([sys.executable, "-c", code], check=False)
    """)
    log = small.folder / "log.json"
    report = small.pytest(preload=False, through=(covenv, "run", "--log-json", "--log-file", log, "--"),
                          env={"COVENV_JOURNAL": "0"})
    [line] = [line for line in report.output.splitlines() if line.startswith("covenv: LOST 1 x")]
    assert ", started by test_it.py::test_it (call): " in line
    [lost] = [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == "lost"]
    assert lost["test"] == "test_it.py::test_it (call)"


@pytest.mark.parametrize("variables, name", [
    ({"NEXTEST_BINARY_ID": "shop", "NEXTEST_TEST_NAME": "cart::adds"}, "shop::cart::adds"),
    ({"BATS_TEST_FILENAME": "/t/shop.bats", "BATS_TEST_NAME": "test_a_server-2c_up"}, "/t/shop.bats::a server, up"),
])
def test_other_runners(tmp_path, covenv, project, variables, name):
    # As these runners do: the test is in the environment that the test's process is given.
    code = f"import subprocess; subprocess.run(['sh', '-c', 'env -i true; true'], env={variables | {'PATH': '/usr/bin:/bin'}})"
    report = tmp_path / "session.json"
    project.run(covenv, "run", "--report", report, "--", sys.executable, "-c", code, preload=False)
    processes = json.loads(report.read_text())["processes"]
    assert [process["test"] for process in processes] == ["", name, name]


def test_a_test_file_that_is_run_by_itself(tmp_path, covenv, project):
    project.write("test_script.py", """
        import subprocess
        subprocess.run(["true"], check=True)
    """)
    report = tmp_path / "session.json"
    project.run(covenv, "run", "--report", report, "--", sys.executable, "test_script.py", preload=False)
    assert [process["test"] for process in json.loads(report.read_text())["processes"]] == ["", "test_script.py"]
