# SPDX-License-Identifier: MIT
"""Without configuration the coverage that measures the runner measures its children, each once and in the same way."""

import json
import os
import shutil
import subprocess
import textwrap

import pytest
from user_project import combined

KILL = """
    process.kill()
    assert process.wait() == -9
"""


@pytest.fixture
def unconfigured(small):
    """A project with an empty .coveragerc, for which the newest pytest-cov sets no variable."""
    (small.folder / ".coveragerc").write_text("")
    return small


def suite(project, body):
    project.write("test_it.py", "import os, signal, subprocess, sys\nfrom helpers import start\n\n\ndef test_it():\n"
                  + "".join(f"    {line}\n" for line in body.strip().splitlines()))


def test_a_dropped_environment(unconfigured):
    suite(unconfigured, 'process = start("server.py", env={})\nprocess.kill()\nassert process.wait() == -9')
    assert unconfigured.pytest().kept("server.py")


def test_an_inherited_environment(unconfigured):
    suite(unconfigured, 'process = start("server.py", env=None)\nprocess.kill()\nassert process.wait() == -9')
    assert unconfigured.pytest().kept("server.py")


def test_env_dash_i(unconfigured):
    suite(unconfigured, 'subprocess.run(["env", "-i", sys.executable, "job.py"], check=True)')
    assert unconfigured.pytest().kept("job.py")


def test_through_a_shell(unconfigured):
    suite(unconfigured, 'subprocess.run(["sh", "-c", f"{sys.executable} job.py; :"], env={}, check=True)')
    assert unconfigured.pytest().kept("job.py")


def test_two_generations(unconfigured):
    unconfigured.write("front.py", """
        import subprocess, sys
        subprocess.run([sys.executable, "job.py"], env={}, check=True)
    """)
    suite(unconfigured, 'subprocess.run([sys.executable, "front.py"], env={}, check=True)')
    assert unconfigured.pytest().kept("job.py")


def test_from_another_folder(unconfigured, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    suite(unconfigured, f"""
job = os.path.abspath("job.py")
subprocess.run([sys.executable, job], env={{}}, cwd={str(elsewhere)!r}, check=True)
""")
    assert unconfigured.pytest().kept("job.py")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.each_stack
@pytest.mark.parametrize("mode", ["env={}", "env=None"])
def test_relative_settings_belong_to_the_folder_in_which_coverage_started(unconfigured, tmp_path_factory, mode):
    (unconfigured.folder / "package").mkdir()
    for name in ("job", "left_out"):
        shutil.copy(unconfigured.folder / "job.py", unconfigured.folder / "package" / f"{name}.py")
    unconfigured.configure("[run]\nomit = package/left_*")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    unconfigured.write("test_it.py", f"""
        import os, subprocess, sys
        import pytest

        folder = os.path.abspath("package")

        # Each test has a context of its own, with which the configuration is offered anew.
        @pytest.mark.parametrize("name", ["job", "left_out", "job"])
        def test_it(name, monkeypatch):
            monkeypatch.chdir({str(elsewhere)!r})
            subprocess.run([sys.executable, os.path.join(folder, name + ".py")], {mode}, check=True)
            assert os.listdir() == []
    """)
    unconfigured.measure = "--cov=package"
    report = unconfigured.pytest("--cov-context=test")
    assert report.kept("package/job.py") and "package/left_out.py" not in report.files()


@pytest.mark.each_stack
@pytest.mark.parametrize("mode", ["env={}", "env=None"])
def test_a_source_that_is_made_when_coverage_runs(unconfigured, mode):
    suite(unconfigured, f"""
os.mkdir("made")
os.rename("job.py", "made/job.py")
subprocess.run([sys.executable, os.path.abspath("made/job.py")], cwd="/", {mode}, check=True)
""")
    unconfigured.measure = "--cov=made"
    assert unconfigured.pytest().kept("made/job.py")


@pytest.mark.parametrize("start", ["COVERAGE_PROCESS_START", "patch"])
def test_a_relative_source_of_a_configuration(unconfigured, start):
    unconfigured.configure(f"[run]\nsource = made\nparallel = true\ndata_file = {unconfigured.folder}/.coverage")
    if start == "patch":
        unconfigured.configure("patch = subprocess")
    suite(unconfigured, """
os.mkdir("made")
os.rename("job.py", "made/job.py")
subprocess.run([sys.executable, os.path.abspath("made/job.py")], cwd="/", check=True)
""")
    python = unconfigured.stack.python
    environment = {"COVERAGE_PROCESS_START": unconfigured.folder / ".coveragerc"} if start != "patch" else {}
    unconfigured.run(python, "-m", "coverage", "run", "-m", "pytest", "-p", "no:cov", "-q", env=environment)
    assert combined(unconfigured.folder, python).kept("made/job.py")


def test_the_debug_file_stays_in_the_folder_in_which_coverage_started(unconfigured, tmp_path_factory):
    unconfigured.configure("[run]\ndebug = process\ndebug_file = debug.txt")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    suite(unconfigured, f"""
job = os.path.abspath("job.py")
os.chdir({str(elsewhere)!r})
subprocess.run([sys.executable, job], env={{}}, check=True)
assert os.listdir() == []
""")
    assert unconfigured.pytest().kept("job.py")
    assert (unconfigured.folder / "debug.txt").exists()


def test_a_nested_suite_measures_its_own_source(unconfigured):
    # The outer suite's folder has a file of the same name (src/job.py), too.
    inner = unconfigured.folder / "inner"
    for folder in (unconfigured.folder, inner):
        (folder / "src").mkdir(parents=True)
        shutil.copy(unconfigured.folder / "job.py", folder / "src" / "job.py")
    (inner / "test_inner.py").write_text(textwrap.dedent(f"""
        import subprocess, sys
        def test_it():
            for folder in ({str(unconfigured.folder)!r}, {str(inner)!r}):
                subprocess.run([sys.executable, folder + "/src/job.py"], cwd="/", check=True)
    """))
    unconfigured.measure = "--cov=src"
    suite(unconfigured, """
command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--cov=src", "--cov-report=json", "test_inner.py"]
subprocess.run(command, cwd="inner", check=True)
""")
    unconfigured.pytest()
    assert list(json.loads((inner / "coverage.json").read_text())["files"]) == ["src/job.py"]


@pytest.mark.parametrize("option", ["-I", "-S", "-E", "-IS"])
def test_an_interpreter_that_does_not_look_around(unconfigured, option):
    suite(unconfigured, f'subprocess.run([sys.executable, {option!r}, "job.py"], env={{}}, check=True)')
    assert unconfigured.pytest().kept("job.py")


def test_an_environment_without_coverage(unconfigured, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([unconfigured.stack.python, "-m", "venv", "--without-pip", folder], check=True)
    suite(unconfigured, f'subprocess.run([{str(folder / "bin/python")!r}, "job.py"], env={{}}, check=True)')
    assert unconfigured.pytest().kept("job.py")


def test_a_coverage_without_its_pth_file(unconfigured, tmp_path_factory):
    # A folder as `pip install --target` makes it: the package without its .pth file.
    target = tmp_path_factory.mktemp("target")
    bare = tmp_path_factory.mktemp("bare")
    subprocess.run([unconfigured.stack.python, "-m", "venv", "--without-pip", bare], check=True)
    where = "import coverage, os; print(os.path.dirname(coverage.__file__))"
    package = subprocess.run([unconfigured.stack.python, "-c", where], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    shutil.copytree(package, target / "coverage")
    suite(unconfigured, f"""
env = {{"PYTHONPATH": {str(target)!r}}}
subprocess.run([{str(bare / "bin/python")!r}, "-S", "job.py"], env=env, check=True)
""")
    assert unconfigured.pytest().kept("job.py")


def test_coverage_run(unconfigured):
    suite(unconfigured, 'process = start("server.py", env={})\nprocess.kill()\nassert process.wait() == -9')
    python = unconfigured.stack.python
    unconfigured.run(python, "-m", "coverage", "run", "-m", "pytest", "-p", "no:cov", "-q")
    unconfigured.run(python, "-m", "coverage", "combine", "--append", preload=False)
    unconfigured.run(python, "-m", "coverage", "json", "-q", preload=False)
    files = json.loads((unconfigured.folder / "coverage.json").read_text())["files"]
    assert not files["server.py"]["functions"]["work"]["missing_lines"]


def test_branches(unconfigured):
    suite(unconfigured, 'subprocess.run([sys.executable, "job.py"], env={}, check=True)')
    report = unconfigured.pytest("--cov-branch")
    assert report.summary("job.py")["covered_branches"] > 0


def test_the_context_of_the_test(unconfigured):
    suite(unconfigured, 'subprocess.run([sys.executable, "job.py"], env={}, check=True)')
    unconfigured.pytest("--cov-context=test")
    python = unconfigured.stack.python
    unconfigured.run(python, "-m", "coverage", "json", "-q", "--show-contexts", preload=False)
    files = json.loads((unconfigured.folder / "coverage.json").read_text())["files"]
    assert files["job.py"]["contexts"]["7"] == ["test_it.py::test_it|run"]


def test_the_source_of_the_parent(unconfigured, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "outside.py"
    outside.write_text("done = 1\n")
    suite(unconfigured, f'subprocess.run([sys.executable, {str(outside)!r}], env={{}}, check=True)')
    assert str(outside) not in unconfigured.pytest().files()


def test_the_runner_keeps_its_environment(unconfigured):
    suite(unconfigured, """
before = dict(os.environ)
subprocess.run([sys.executable, "job.py"], env={}, check=True)
assert dict(os.environ) == before
assert not any(name.startswith("COV") for name in before if name != "COVENV_JOURNAL")  # of e2e_asked
""")
    unconfigured.pytest()


@pytest.mark.each_stack
def test_coverage_starts_once(small):
    small.write("count.py", """
        import coverage
        assert len(coverage.Coverage._instances) == 1
    """)
    suite(small, 'subprocess.run([sys.executable, "count.py"], env={}, check=True)')
    small.pytest()


UNMEASURED = "import sys\nassert 'coverage' not in sys.modules, 'measured'\n"
UNMEASURED_FUNCTION = "import sys\ndef check():\n    assert 'coverage' not in sys.modules, 'measured'\n"


@pytest.mark.parametrize("given, environment", [
    ("{'COVERAGE_PROCESS_CONFIG': ''}", {}),
    ("{}", {"COVENV_OFFER": "0"}),
], ids=["empty", "no offer"])
def test_opted_out(unconfigured, given, environment):
    unconfigured.write("bare.py", UNMEASURED)
    suite(unconfigured, f'subprocess.run([sys.executable, "bare.py"], env={given}, check=True)')
    unconfigured.pytest(env=environment)


def test_no_cov(unconfigured):
    unconfigured.write("bare.py", UNMEASURED)
    suite(unconfigured, 'subprocess.run([sys.executable, "bare.py"], env={}, check=True)')
    unconfigured.pytest("--no-cov", report=False)


def test_no_cover(unconfigured):
    unconfigured.write("bare.py", UNMEASURED)
    unconfigured.write("test_it.py", """
        import subprocess, sys
        import pytest

        @pytest.mark.no_cover
        def test_it():
            subprocess.run([sys.executable, "bare.py"], env={}, check=True)
    """)
    unconfigured.pytest()


def test_coverage_that_stops_unseen_offers_nothing(unconfigured):
    # From Python 3.14 on coverage stops without an audit event. The test does what coverage does then, on any Python.
    unconfigured.write("bare.py", UNMEASURED_FUNCTION)
    unconfigured.write("test_it.py", """
        import multiprocessing
        import subprocess
        import bare
        import coverage

        def test_it():
            subprocess.run(["true"])
            process = multiprocessing.get_context("spawn").Process(target=bare.check)
            stopped = coverage.Coverage._instances.pop()
            process.start()
            coverage.Coverage._instances.append(stopped)
            process.join()
            assert process.exitcode == 0
    """)
    unconfigured.pytest()


API_USER = """
    import multiprocessing, os, subprocess, sys
    import coverage

    def work():
        return sum(range(3))

    if __name__ == "__main__":
        measuring = coverage.Coverage(%s)
        measuring.start()
        subprocess.run([sys.executable, "job.py"], env={}, check=True)
        for method in ("fork", "spawn"):
            process = multiprocessing.get_context(method).Process(target=work)
            process.start()
            process.join()
            assert process.exitcode == 0
        if os.fork() == 0:
            work()
            os._exit(0)
        os.wait()
        measuring.stop()
        measuring.save()
"""


def test_a_coverage_that_nobody_combines_leaves_its_one_file(unconfigured):
    unconfigured.write("program.py", API_USER % "")
    unconfigured.run(unconfigured.stack.python, "program.py")
    assert sorted(path.name for path in unconfigured.folder.glob(".coverage*")) == [".coverage", ".coveragerc"]


def test_a_coverage_that_leaves_files_to_combine_measures_its_children(unconfigured):
    unconfigured.write("program.py", API_USER % "data_suffix=True")
    unconfigured.run(unconfigured.stack.python, "program.py")
    report = combined(unconfigured.folder, unconfigured.stack.python)
    assert report.kept("job.py") and report.kept("program.py")


def test_below_covenv_run_each_coverage_measures_its_children(unconfigured, covenv):
    unconfigured.write("program.py", API_USER % "")
    unconfigured.run(covenv, "run", "--", unconfigured.stack.python, "program.py", preload=False)
    assert combined(unconfigured.folder, unconfigured.stack.python).kept("job.py")


def test_a_coverage_of_a_tests_own_leaves_its_one_file(unconfigured, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    suite(unconfigured, f"""
import coverage
own = coverage.Coverage(data_file={str(elsewhere)!r} + "/own")
own.start()
subprocess.run([sys.executable, "job.py"], env={{}}, check=True)
own.stop()
own.save()
assert os.listdir({str(elsewhere)!r}) == ["own"]
""")
    assert unconfigured.pytest(env={"COVERAGE_CORE": "pytrace"}).kept("job.py")


def test_a_coverage_that_was_imported_anew_offers(small):
    # The program has two Coverage objects: the first has stopped, and does not count.
    (small.folder / ".coveragerc").write_text("")
    small.write("twice.py", """
        import subprocess
        import sys

        def run_with_coverage():
            import coverage
            running = coverage.Coverage(data_suffix=True)
            running.start()
            subprocess.run(["true"])
            print(subprocess.run(["env"], env={}, stdout=subprocess.PIPE, text=True).stdout.count("COVERAGE_PROCESS_"))
            running.stop()

        run_with_coverage()
        for name in [name for name in sys.modules if name.split(".")[0] == "coverage"]:
            del sys.modules[name]
        run_with_coverage()
    """)
    # The tracer in C cannot be imported twice.
    assert small.run(small.stack.python, "twice.py", env={"COVERAGE_CORE": "pytrace"}).split() == ["1", "1"]


def test_coverage_that_has_stopped_offers_nothing(unconfigured):
    # multiprocessing starts its children without an event at which the offer could be renewed.
    unconfigured.write("bare.py", UNMEASURED_FUNCTION)
    unconfigured.write("test_it.py", """
        import multiprocessing
        import bare
        import pytest

        @pytest.mark.no_cover
        def test_it():
            process = multiprocessing.get_context("spawn").Process(target=bare.check)
            process.start()
            process.join()
            assert process.exitcode == 0
    """)
    unconfigured.pytest()


@pytest.mark.parametrize("stack", ["pytest-cov-6"], indirect=True)
def test_the_file_of_one_that_is_killed_is_removed_by_the_next(unconfigured):
    """Coverage before 7.10.3 gets its configuration by a temporary file. A later run removes a killed process's."""
    folder = unconfigured.folder / "tmp"
    folder.mkdir()
    unconfigured.write("starts.py", """
        import os, signal, subprocess, sys

        subprocess.run([sys.executable, "job.py"], env={}, check=True)
        if "kill" in sys.argv:
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    run = [unconfigured.python, "-m", "coverage", "run", "--parallel-mode", "starts.py"]
    unconfigured.run("sh", "-c", '"$@"; test $? = 137', "sh", *run, "kill", env={"TMPDIR": folder})
    [left] = folder.iterdir()
    namespace = os.stat("/proc/self/ns/pid").st_ino
    living = folder / f"covenv-{namespace}-{os.getpid()}-a.rc"
    elsewhere = folder / f"covenv-1-{left.name.split('-')[2]}-a.rc"
    for other in (living, elsewhere):
        other.touch()
    unconfigured.run(*run, env={"TMPDIR": folder})
    assert sorted(folder.iterdir()) == sorted([living, elsewhere])
    assert "job.py" in combined(unconfigured.folder, unconfigured.python).files()
