# SPDX-License-Identifier: MIT
"""`pytest --covenv` is pytest under covenv, and otherwise the same pytest."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import most, start

INSIDE = """
    import json, os, sys

    def test_it(request):
        with open("/proc/self/maps") as maps:
            library = "libcovenv.so" in maps.read()
        with open("seen.json", "w") as file:
            json.dump({
                "library": library,
                "pid": os.getpid(),
                "executable": sys.executable,
                "arguments": sys.argv,
                "original": sys.orig_argv[1:],
                "flags": list(sys.flags),
                "options": sys.warnoptions,
                "root": str(request.config.rootpath),
                "pytest": list(request.config.invocation_params.args),
                "variables": sorted(set(os.environ) - {"LD_PRELOAD", "COVENV_SESSION", "COVENV_WRAPPER"}),
                "cwd": os.getcwd(),
            }, file)
"""


@pytest.fixture
def inside(project):
    """A function that runs a suite which notes what it runs in, and returns the notes and "output" as a dict."""
    project.write("test_inside.py", INSIDE)

    def inside(*arguments, interpreter=(), env={}):
        command = [project.python, *interpreter, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        result = project.result(*command, env=env)
        assert result.returncode == 0, result.stdout
        seen = eval((project.folder / "seen.json").read_text(), {"true": True, "false": False})
        return seen | {"output": result.stdout}

    return inside


def test_not_asked_for_it_does_nothing(inside):
    assert not inside()["library"]


def test_asked_for_by_an_option(inside):
    assert inside("--covenv")["library"]


@pytest.mark.parametrize("name, text", [
    ("pyproject.toml", "[tool.pytest.ini_options]\ncovenv = true\n"),
    ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--covenv"\n'),
    ("pytest.ini", "[pytest]\ncovenv = true\n"),
    ("tox.ini", "[pytest]\ncovenv = 1\n"),
    ("setup.cfg", "[tool:pytest]\ncovenv = yes\n"),
])
def test_asked_for_by_the_configuration(project, inside, name, text):
    project.write(name, text)
    assert inside()["library"]


def test_asked_for_by_a_variable(inside):
    assert inside(env={"PYTEST_ADDOPTS": "--covenv"})["library"]


def test_the_option_wins_over_the_configuration(project, inside):
    project.write("pytest.ini", "[pytest]\ncovenv = true\n")
    assert not inside("--no-covenv")["library"]


def test_disabled(inside):
    assert not inside("--covenv", env={"COVENV_DISABLE": "1"})["library"]


def test_by_name_where_plugins_are_not_loaded_by_themselves(inside):
    assert inside("-p", "covenv.pytest_plugin", "--covenv", env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})["library"]


@pytest.mark.parametrize("interpreter", [(), ("-X", "dev", "-W", "ignore::ImportWarning", "-B"), ("-O", "-u")], ids=str)
def test_what_the_suite_sees_is_the_same(inside, interpreter):
    arguments = ["-k", "it or not it", "-W", "ignore::UserWarning", "-p", "no:doctest", "test_inside.py"]
    bare = inside("--no-covenv", *arguments, interpreter=interpreter)
    under = inside("--covenv", *arguments, interpreter=interpreter)
    assert (bare.pop("library"), under.pop("library")) == (False, True)
    for seen in bare, under:
        del seen["pid"], seen["output"]
    text = str(under).replace("'--covenv'", "'--no-covenv'")
    assert text == str(bare)


def test_a_signal_to_the_process_that_was_started_ends_pytest_so(project):
    project.write("test_it.py", """
        import os, signal

        def test_it():
            os.kill(int(open("pid").read()), signal.SIGTERM)
            signal.pause()
    """)
    script = 'echo $$ > pid; exec "$@"'
    result = project.result("sh", "-c", script, "sh", project.python, "-m", "pytest", "--covenv")
    assert result.returncode == -signal.SIGTERM


def sections(output):
    """The sections of pytest's terminal report: name -> text."""
    parts = re.split(r"^=+ (.+?) =+$", output, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_terminal_report_says_what_covenv_did(project):
    project.use_shop()
    result = project.result(project.python, "-m", "pytest", "--covenv", "-p", "no:cacheprovider", project.measure)
    [line] = sections(result.stdout)["covenv"].strip().splitlines()
    assert re.match(r"nothing lost: \d+ processes, [2-9] measured; [1-9] got their variables back; [1-9] saved"
                    r"; gained .*server.py 0 -> [0-9]+ %$", line)
    assert result.stdout.count("nothing lost") == 1


def test_the_terminal_report_says_what_was_lost(project):
    project.write("waiting.py", "print(1, flush=True)\ninput()\n")
    project.write("test_it.py", """
        import os, subprocess, sys

        def test_it():
            server = subprocess.Popen([sys.executable, "waiting.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
            server.stdout.readline()
            subprocess.run(["/bin/kill", "-9", str(server.pid)], env={"COVENV_DISABLE": "1"}, check=True)
            server.wait()
    """)
    result = project.result(project.python, "-m", "pytest", "--covenv", "-p", "no:cacheprovider", project.measure,
                            env={"COVENV_JOURNAL": "0"})
    lost, fix, kept = sections(result.stdout)["covenv"].strip().splitlines()
    assert lost.startswith("LOST 1 x killed from outside: ") and "waiting.py" in lost
    assert fix.startswith("      fix: ") and kept.startswith("kept: ")


def output_of(result):
    lines = [line for line in result.stdout.splitlines() if not line.startswith("covenv: nothing is measured")]
    text = re.sub(r"=* ?(.*) in \d+\.\d+s.*", r"\1 in TIME", "\n".join(lines))
    return result.returncode, text.replace("--no-covenv", "--covenv")


@pytest.mark.parametrize("suite, arguments, status", [
    ("def test_it(): print('shown'); assert 0", [], 1),
    ("def test_it(): print('shown')", ["-s", "-v"], 0),
    ("import os\ndef test_it(): os.system('echo from a child; echo error >&2'); assert 0", ["-rA"], 1),
    ("def test_it(): raise KeyboardInterrupt", [], 2),
    ("import nothing_of_that_name", [], 2),
    ("def test_it(): import pytest; pytest.exit('enough', 77)", [], 77),
    ("", [], 5),
    ("", ["--no-such-option"], 4),
    ("", ["missing.py"], 4),
    ("def test_it(): pass", ["--collect-only", "-q"], 0),
    ("def test_it(): pass", ["--capture=sys"], 0),
    ("def test_it(): import warnings; warnings.warn('careful')", ["-W", "error"], 1),
], ids=lambda value: str(value)[:30])
def test_status_and_output_are_the_same(project, suite, arguments, status):
    project.write("test_it.py", suite)
    command = [project.python, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    bare = output_of(project.result(*command, "--no-covenv"))
    assert bare[0] == status
    assert output_of(project.result(*command, "--covenv")) == bare


def test_standard_input_is_left_alone(project):
    project.write("test_it.py", "def test_it(): assert input() == 'a line'")
    result = project.result(project.python, "-m", "pytest", "-s", "--covenv", stdin="a line\n")
    assert result.returncode == 0, result.stdout


COUNT = "with open('starts', 'a') as file: file.write('.')"


def test_it_starts_anew_before_conftest_and_collection(project, inside):
    project.write("conftest.py", COUNT)
    assert inside("--covenv")["library"]
    assert (project.folder / "starts").read_text() == "."


@pytest.mark.parametrize("through, starts", [((), ".."), (("covenv", "run", "--"), ".")], ids=["bare", "covenv run"])
def test_it_starts_anew_once_and_only_where_needed(project, through, starts):
    project.write("counting.py", COUNT)
    project.write("test_it.py", "def test_it(): pass")
    result = project.result(*through, project.python, "-m", "pytest", "-p", "counting", "--covenv")
    assert result.returncode == 0, result.stdout
    assert (project.folder / "starts").read_text() == starts


@pytest.mark.parametrize("venv", ["pytest-cov-6", "pytest-cov-7", "programs"])
def test_the_shop_is_kept(project):
    project.use_shop()
    assert project.pytest("--covenv").percent("server.py") >= 95


def test_without_it_the_shop_is_lost(project):
    project.use_shop()
    assert project.pytest().percent("server.py") == 0


@pytest.mark.parametrize("workers", [0, 2])
def test_xdist(project, workers):
    project.use_shop()
    assert project.pytest("--covenv", "-n", workers).percent("server.py") >= 95


@pytest.mark.parametrize("coverage", ["-m", "script"])
@pytest.mark.parametrize("program", ["-m pytest", "{scripts}/pytest"])
def test_coverage_run(project, coverage, program):
    project.use_shop()
    project.write(".coveragerc", "[run]\nparallel = true\n")
    start = [project.python, "-m", "coverage"] if coverage == "-m" else [project.python.parent / "coverage"]
    program = program.format(scripts=project.python.parent).split()
    project.run(*start, "run", "--source=.", *program, "--covenv", "-p", "no:cacheprovider")
    project.run(*start, "combine")
    assert project.reported_by(*start, "json").percent("server.py") >= 95


def test_the_pytest_script(project, inside):
    inside()
    result = project.result(project.python.parent / "pytest", "--covenv")
    assert result.returncode == 0, result.stdout
    assert '"library": true' in (project.folder / "seen.json").read_text()


def covered(project):
    report = json.loads((project.folder / "coverage.json").read_text())
    return report["files"]["server.py"]["summary"]["percent_covered"]


VSCODE_PLUGIN = """
    import json, os

    def pytest_report_teststatus(report):
        if report.when == "call":
            with open(os.environ["TEST_RUN_PIPE"], "a") as pipe:
                pipe.write(json.dumps({"id": report.nodeid, "outcome": report.outcome}) + "\\n")
"""
VSCODE_RUNNER = """
    import os, pathlib, sys
    import pytest

    if __name__ == "__main__":
        sys.path.append(os.fspath(pathlib.Path(__file__).parent.parent))
        sys.path.insert(0, os.getcwd())
        with open(os.environ["RUN_TEST_IDS_PIPE"]) as ids:
            pytest.main(["-p", "vscode_pytest", *sys.argv[1:], *ids.read().splitlines()])
"""


def test_as_visual_studio_code_starts_pytest(project, tmp_path):
    """Its runner reads the ids from a file, calls pytest.main(), and a plugin of its own writes each result."""
    project.use_shop()
    plugin = tmp_path / "extension" / "vscode_pytest"
    plugin.mkdir(parents=True)
    project.write(plugin / "__init__.py", VSCODE_PLUGIN)
    runner = project.write(plugin / "run_pytest_script.py", VSCODE_RUNNER)
    project.write("ids.txt", "test_shop.py")
    env = {"TEST_RUN_PIPE": str(tmp_path / "results"), "RUN_TEST_IDS_PIPE": str(tmp_path / "ids.txt"),
           "PYTHONPATH": f"{plugin.parent}:{project.variables['PYTHONPATH']}"}
    command = [project.python, runner, "--covenv", f"--rootdir={project.folder}", "--capture=no", project.measure,
               "--cov-report=json"]
    result = project.result(*command, env=env)
    assert result.returncode == 0, result.stdout
    assert covered(project) >= 95
    told = [json.loads(line) for line in (tmp_path / "results").read_text().splitlines()]
    assert told and {line["outcome"] for line in told} == {"passed"}
    assert len({line["id"] for line in told}) == len(told)


PYCHARM_RUNNER = """
    import os, sys
    import pytest

    class Messages:
        def pytest_runtest_logreport(self, report):
            if report.when == "call":
                print(f"\\n##teamcity[testFinished name='{report.nodeid}']", flush=True)

    if __name__ == "__main__":
        path = sys.argv[sys.argv.index("--path") + 1]
        rest = sys.argv[sys.argv.index("--") + 1:]
        sys.argv = [sys.argv[0], path, *rest]
        os.environ["_JB_PPRINT_PRIMITIVES"] = "1"
        sys.exit(pytest.main([path, *rest, "--no-header", "--no-summary", "-q"], plugins=[Messages()]))
"""


def test_as_pycharm_starts_pytest(project, tmp_path):
    """Its runner changes sys.argv, and calls pytest.main() with a plugin object."""
    project.use_shop()
    (tmp_path / "Py Charm").mkdir()
    runner = project.write(tmp_path / "Py Charm" / "_jb_pytest_runner.py", PYCHARM_RUNNER)
    command = [project.python, runner, "--path", project.folder / "test_shop.py", "--", "--covenv", project.measure]
    result = project.result(*command, "--cov-report=json")
    assert result.returncode == 0, result.stdout
    assert covered(project) >= 95
    finished = re.findall(r"^##teamcity\[testFinished name='(.*)'\]$", result.stdout, re.MULTILINE)
    assert finished and len(set(finished)) == len(finished)


CALLS = "import pytest, sys; sys.exit(pytest.main(['--covenv', '-p', 'no:cacheprovider', 'test_inside.py']))"
REFUSED = "--covenv has no effect: a program that calls pytest would run twice"


def runs_once(project, result):
    """Whether the suite ran once, without covenv, and the warning said so."""
    text = " ".join(result.stdout.split())
    assert result.returncode == 0, result.stdout
    assert text.count(REFUSED) == 1 and "write covenv run -- before the command" in text
    assert text.count("test session starts") == 1 and "1 passed, 1 warning" in text
    assert '"library": false' in (project.folder / "seen.json").read_text()


@pytest.mark.parametrize("command", [
    '"$0" - < prog.py', '"$0" -u - < prog.py', '"$0" -B < prog.py', '"$0" < prog.py', '"$0" -X dev - < prog.py',
    'cat prog.py | "$0" /dev/stdin', '"$0" <(cat prog.py)', '"$0" -Wignore::ImportWarning -B -- /dev/stdin < prog.py',
    'mkfifo pytest; cat prog.py > pytest & "$0" pytest',
])
def test_a_program_that_is_consumed_input_does_not_start_anew(project, inside, command):
    inside()
    project.write("prog.py", CALLS)
    runs_once(project, project.result("bash", "-c", command, project.python))


@pytest.mark.parametrize("start, before", [
    ("prog.py", "import os; os.mkdir('below'); os.chdir('below'); os.chdir('..')"),
    ("prog.py", "import os; os.remove(__file__)"),
    ("-m coverage run prog.py", "assert input() == 'a line'"), ("-m prog", ""), ("-m coverage run -m prog", ""),
])
def test_a_program_that_calls_pytest_does_not_start_anew(project, inside, start, before):
    inside()
    project.write("prog.py", f"{before}\n{CALLS}")
    runs_once(project, project.result(project.python, *start.split(), stdin="a line\n"))


def test_a_text_that_calls_pytest_does_not_start_anew(project, inside):
    inside()
    runs_once(project, project.result(project.python, "-c", CALLS))


def test_a_script_of_pytest_that_is_gone_does_not_start_anew(project, inside):
    inside()
    project.write("py.test", f"import os; os.remove(__file__)\n{CALLS}")
    runs_once(project, project.result(project.python, "py.test"))


def test_in_another_folder_it_does_not_start_anew(project):
    (project.folder / "below").mkdir()
    project.write("below/test_it.py", "def test_it(): pass")
    project.write("leaves.py", "import os; os.chdir('below')")
    result = project.result(project.python, "-m", "pytest", "--covenv", "-p", "leaves")
    text = " ".join(result.stdout.split())
    assert "has no effect: a plugin has left the folder" in text and "1 passed, 1 warning" in text


@pytest.mark.parametrize("arguments, program", [
    ("-m pytest -x", ["-m", "pytest"]), ("-Bm pytest", ["-m", "pytest"]), ("-Impytest", ["-m", "pytest"]),
    ("-X dev -Wc -W m -u -m pytest", ["-m", "pytest"]),
    ("-c pass -m pytest", ["-c", "pass"]), ("-uc pass", ["-c", "pass"]),
    ("--check-hash-based-pycs never -OO file -m pytest", ["file"]), ("-u -- -m", ["-m"]), ("-u - -m pytest", ["-"]),
    ("", ["-"]), ("-u", ["-"]), ("--", ["-"]),
])
def test_what_python_runs(installed, arguments, program):
    code = "import sys; from covenv.under import program_of; print(program_of(sys.argv[1:]))"
    printed = subprocess.check_output([sys.executable, "-c", code, *arguments.split()], cwd=installed, text=True)
    assert printed.strip() == str(program)


def test_a_pytest_inside_a_test_leaves_the_outer_one_alone(project):
    project.write("test_it.py", "import pytest\ndef test_it(): assert pytest.main(['--covenv', '-q', 'inner.py']) == 0")
    project.write("inner.py", "def test_inner(): pass")
    result = project.result(project.python, "-m", "pytest", "-s")
    assert result.returncode == 0, result.stdout
    assert "this pytest runs inside a test" in result.stdout


def test_a_pytest_that_a_test_starts_is_its_own(project, inside):
    inside()
    project.write("test_outer.py", """
        import subprocess, sys
        def test_it(): subprocess.run([sys.executable, "-m", "pytest", "--covenv", "test_inside.py"], check=True)
    """)
    result = project.result(project.python, "-m", "pytest", "test_outer.py")
    assert result.returncode == 0, result.stdout
    assert '"library": true' in (project.folder / "seen.json").read_text()


def test_without_the_program_it_says_so_and_runs(project, inside):
    seen = inside("--covenv", env={"PATH": os.defpath})
    assert not seen["library"]
    assert "--covenv has no effect: there is no covenv beside this Python or on PATH" in seen["output"]


@pytest.fixture
def own_covenv(tmp_path, covenv, libcovenv):
    """A function that copies the programs and the library to a folder of this name, and returns the folder."""
    def own_covenv(name="own"):
        for room, file in (("bin", covenv), ("lib", libcovenv)):
            (tmp_path / name / room).mkdir(parents=True)
            shutil.copy(file, tmp_path / name / room)
        return tmp_path / name

    return own_covenv


def no_library(folder):
    (folder / "lib" / "libcovenv.so").unlink()


def no_right_to_read_the_library(folder):
    (folder / "lib" / "libcovenv.so").unlink()
    (folder / "lib" / "libcovenv.so").symlink_to("/proc/1/mem")


def library_of_another_machine(folder):
    library = folder / "lib" / "libcovenv.so"
    header = bytearray(library.read_bytes())
    header[18] ^= 0xFF  # e_machine
    library.write_bytes(header)


def program_of_another_machine(folder):
    program = folder / "bin" / "covenv"
    header = bytearray(program.read_bytes())
    header[18] ^= 0xFF
    program.write_bytes(header)


def no_right_to_execute(folder):
    (folder / "bin" / "covenv").chmod(0o644)


def killed_program(folder):
    (folder / "bin" / "covenv").write_text("#!/bin/sh\nkill -9 $$\n")


@pytest.mark.parametrize("spoil, reason", [
    (no_library, "covenv: nothing is kept: libcovenv.so is missing"),
    (no_right_to_read_the_library, "cannot be loaded: "),
    (library_of_another_machine, "cannot be loaded: the file is no library for this machine: reinstall covenv"),
    (program_of_another_machine, "Exec format error"),
    (no_right_to_execute, "there is no covenv beside this Python or on PATH"),
    (killed_program, "the library is not loaded by this Python"),
])
def test_where_covenv_run_cannot_start_it_says_so_and_runs(inside, own_covenv, spoil, reason):
    programs = own_covenv()
    spoil(programs)
    seen = inside("--covenv", env={"PATH": f"{programs / 'bin'}:{os.defpath}"})
    assert not seen["library"]
    assert seen["output"].count("PytestWarning: --covenv has no effect: ") == 1
    assert reason in " ".join(seen["output"].split())
    assert "1 passed, 1 warning" in seen["output"]


def in_namespace(mounts, command):
    """The command (a list) in a mount namespace in which these shell commands have run."""
    return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", *command]


def test_a_library_that_is_mounted_noexec_is_said_once(project, inside, own_covenv):
    inside()
    folder = own_covenv() / "lib"
    command = [project.python, "-m", "pytest", "--covenv", "-p", "no:cacheprovider"]
    mounts = f"mount --bind {folder} {folder} && mount -o remount,bind,noexec {folder}"
    result = project.result(*in_namespace(mounts, command), env={"PATH": f"{folder.parent / 'bin'}:{os.defpath}"})
    assert result.returncode == 0, result.stdout
    assert '"library": false' in (project.folder / "seen.json").read_text()
    assert result.stdout.count("PytestWarning: --covenv has no effect: ") == 1 and "noexec" in result.stdout
    assert "failed to map segment" not in result.stdout


READ_ONLY = "mount -t tmpfs -o ro none /dev/shm"
FULL = "mount -t tmpfs -o size=4k none /dev/shm && dd if=/dev/zero of=/dev/shm/full 2>/dev/null; true"


@pytest.mark.parametrize("mounts", [READ_ONLY, FULL], ids=["read-only", "full"])
@pytest.mark.parametrize("fails", [False, True])
def test_without_memory_for_a_session_the_shop_is_kept_and_one_line_says_so(project, mounts, fails):
    project.use_shop()
    if fails:
        project.write("test_fails.py", "def test_it(): assert 0")
    command = [project.python, "-m", "pytest", "--covenv", project.measure, "--cov-report=json"]
    result = project.result(*in_namespace(mounts, command), env={"TMPDIR": str(project.folder)})
    assert result.returncode == fails, result.stdout
    assert result.stdout.count("covenv: no session, so no summary: ") == 1
    assert covered(project) >= 95


LEAVES = {
    "os._exit()": ("import os\ndef test_it(): os._exit(3)", 3),
    "a crash": ("import os, signal\ndef test_it(): os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
    "SIGKILL": ("import os, signal\ndef test_it(): os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
}


@pytest.mark.parametrize("suite, status", LEAVES.values(), ids=LEAVES)
def test_a_pytest_that_ends_without_its_report_has_the_summary(project, suite, status):
    project.write("test_it.py", suite)
    command = [project.python, "-m", "pytest", "--covenv", "-p", "no:faulthandler", project.measure]
    result = project.result(*command)
    assert result.returncode == status
    assert len(re.findall(r"covenv: (?:kept|nothing lost): 1 process, 1 measured", result.stdout)) == 1


def test_a_pytest_without_a_terminal_summary_has_it_once(project):
    """As PyCharm starts pytest."""
    project.use_shop()
    command = [project.python, "-m", "pytest", "--covenv", "--no-header", "--no-summary", "-q", project.measure]
    result = project.result(*command)
    assert result.returncode == 0
    assert result.stdout.count("nothing lost: ") == 1


NAMES = [
    "with a blank", "with:a colon", "a 'quote' and \"another\"", "$ORIGIN", "back\\slash", "a\nline break", "Größe ß",
    "\udcff\udcfe 1",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_covenv_may_lie_in_a_folder_of_any_name(project, own_covenv, name):
    project.use_shop()
    # A PATH cannot express a colon.
    (project.folder / "bin").mkdir()
    (project.folder / "bin" / "covenv").symlink_to(own_covenv(name) / "bin" / "covenv")
    env = {"PATH": f"{project.folder / 'bin'}:{os.defpath}"}
    assert project.pytest("--covenv", env=env).percent("server.py") >= 95
    assert project.pytest("--covenv", "-n", "2", env=env).percent("server.py") >= 95
    assert not [link for link in Path("/dev/shm").glob(".covenv-l-*/*") if str(project.folder) in os.readlink(link)]


@pytest.mark.parametrize("site, record", [
    (".", "../../bin/covenv,,\n"),  # pip install --target, whose record is that of another place
    ("lib/python3/site-packages", "../../../bin/covenv,,\n"),
])
def test_the_program_that_came_with_the_plugin_is_found_without_path(inside, own_covenv, installed, site, record):
    folder = own_covenv("own place") / site
    shutil.copytree(installed, folder, symlinks=True, dirs_exist_ok=True)
    (folder / "covenv-0.dist-info" / "RECORD").write_text(record)
    assert inside("--covenv", env={"PYTHONPATH": str(folder), "PATH": os.defpath})["library"]


def test_what_is_too_long_below_covenv_alone_is_refused_and_the_suite_runs(project, inside, covenv):
    inside()
    command = [project.python, "-m", "pytest", "--covenv", "test_inside.py"]

    fits = most(lambda *words: project.result(covenv, "version", *command, *words), "--deselect=")
    # Somewhere in here covenv itself can be executed, and what it starts cannot, because of covenv's own variables.
    for room in range(100, 340, 20):
        result = start(lambda *words: project.result(*command, *words), fits - room, "--deselect=")
        assert result.returncode == 0 and "1 passed, 1 warning" in result.stdout, result.stdout[-2000:]
        assert "--covenv has no effect: " in result.stdout


def test_settings_with_which_covenv_run_cannot_start_are_said(inside):
    seen = inside("--covenv", env={"COVENV_JOURNAL": "/nowhere"})
    assert not seen["library"]
    assert "--covenv has no effect: covenv: cannot keep journals in /nowhere" in seen["output"]


def test_a_library_that_is_not_loaded_is_no_endless_loop(project, inside, tmp_path_factory):
    programs = tmp_path_factory.mktemp("bin")
    (programs / "covenv").write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    (programs / "covenv").chmod(0o755)
    seen = inside("--covenv", env={"PATH": f"{programs}:{os.environ['PATH']}"})
    assert not seen["library"]
    assert "--covenv has no effect: the library is not loaded by this Python" in seen["output"]


def test_a_loss_names_its_test(project):
    project.write("test_it.py", """
        import subprocess, sys
        def test_it():
            code = "import os, resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\\nwhile True: pass"
            subprocess.run([sys.executable, "-c", code], check=False)
    """)
    result = project.result(project.python, "-m", "pytest", "--covenv", "--cov", "-p", "no:cacheprovider",
                            env={"COVENV_JOURNAL": "0"})
    [line] = [line for line in result.stdout.splitlines() if line.startswith("LOST 1 x")]
    assert ", started by test_it.py::test_it (call): " in line


SUMMARY = """
    import covenv.pytest_plugin
    covenv.pytest_plugin.covenv_summary_lines = lambda: ["2 processes, both saved"]
"""


@pytest.mark.parametrize("asked, shown", [(["--covenv"], True), ([], False)])
def test_the_summary_is_a_section_of_the_report(project, inside, asked, shown):
    project.write("conftest.py", SUMMARY)
    lines = inside(*asked)["output"].splitlines()
    assert ("2 processes, both saved" in lines) == shown
    assert any(re.fullmatch("=+ covenv =+", line) for line in lines) == shown


LOSES = """
    import subprocess, sys
    def test_loses():
        server = subprocess.Popen([sys.executable, "waiting.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
        server.stdout.readline()
        subprocess.run(["/bin/kill", "-9", str(server.pid)], env={"COVENV_DISABLE": "1"}, check=True)
        server.wait()
"""
UNJOURNALED = {"COVENV_JOURNAL": "0"}


@pytest.fixture
def losing(project):
    """The project, with a suite that loses the coverage of a process and one that loses nothing."""
    project.write("waiting.py", "print(1, flush=True)\ninput()\n")
    project.write("test_loses.py", LOSES)
    project.write("test_fine.py", "def test_it(): pass")
    return project


def told(result):
    """How often a loss and that nothing was lost are told."""
    return len(re.findall("LOST 1 x", result.stdout)), result.stdout.count("nothing lost: ")


FINE = '"$0" -m pytest --covenv "$1" test_fine.py'
LOSING = '"$0" -m pytest {} "$1" test_loses.py'


@pytest.mark.parametrize("script, options, status, times", [
    (f"{FINE}; {LOSING.format('--no-covenv')}", [], 0, (1, 1)),
    (f"{FINE}; {LOSING.format('--no-covenv')}", ["--fail-on-loss"], 3, (1, 1)),
    (f"{LOSING.format('--covenv')}; {FINE}", [], 0, (2, 0)),
    (LOSING.format("--covenv"), [], 0, (1, 0)),
    (LOSING.format("--covenv"), ["--fail-on-loss"], 3, (2, 0)),
    (FINE, [], 0, (0, 1)),
])
def test_what_is_lost_after_the_telling_is_told_at_the_end(losing, script, options, status, times):
    result = losing.result("covenv", "run", *options, "--", "sh", "-c", script, losing.python, losing.measure,
                           env=UNJOURNALED)
    assert (result.returncode, told(result)) == (status, times), result.stdout


@pytest.mark.parametrize("inner", ["subprocess.run([sys.executable, '-m', 'pytest', 'test_fine.py'], stdout=file)",
                                   "contextlib.redirect_stdout(file).__enter__(); pytest.main(['test_fine.py'])"])
@pytest.mark.parametrize("outer", ["--covenv", "--no-covenv"])
def test_an_inner_pytest_tells_nothing_and_the_outer_one_is_told_for(losing, inner, outer):
    losing.write("pytest.ini", "[pytest]\ncovenv = true\naddopts = -p no:cacheprovider\n")
    losing.write("test_outer.py", f"""
        import contextlib, os, subprocess, sys
        import pytest
        def test_it():
            with open("inner", "w") as file:
                {inner}
            os._exit(0)
    """)
    through = () if outer == "--covenv" else ("covenv", "run", "--")
    result = losing.result(*through, losing.python, "-m", "pytest", outer, "-s", losing.measure, "test_outer.py")
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("nothing lost: ") == 1
    inner_output = (losing.folder / "inner").read_text().replace(str(losing.folder), "")
    inner_output = inner_output.replace("plugins: covenv-0", "")
    assert "1 passed" in inner_output and "covenv" not in inner_output


def test_a_refusal_is_said_by_the_outer_pytest_alone(project):
    project.write("pytest.ini", "[pytest]\ncovenv = true\n")
    project.write("test_it.py", "import pytest\ndef test_it(): assert pytest.main(['-q', 'inner.py']) == 0")
    project.write("inner.py", "def test_inner(): pass")
    result = project.result(project.python, "-c", "import pytest; pytest.main(['-s', 'test_it.py'])")
    assert "1 passed, 1 warning" in result.stdout and result.stdout.count("--covenv has no effect") == 1


NOTHING = "covenv: nothing is measured, so nothing is kept: add --cov"


def test_without_cov_one_line_says_that_nothing_is_measured(project, inside):
    output = inside("--covenv")["output"]
    assert " covenv =" not in output and output.count(NOTHING) == 1
    assert NOTHING not in inside("--covenv", project.measure)["output"]
    assert NOTHING not in inside("--covenv", "--no-covenv")["output"]
