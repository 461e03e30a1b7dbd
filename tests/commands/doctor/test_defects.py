# SPDX-License-Identifier: MIT
"""Each check of `covenv doctor`, on a project that has just the defect that the check looks for."""

import base64
import json
import os
import re
import shutil
import subprocess

import pytest
from conftest import NEW, OLD, Answer
from user_project import python_of


def install(packages, stack=NEW):
    """What pip does, without a network: copies what the packages of a stack lack."""
    [source] = python_of(stack).parent.parent.glob("lib/python*/site-packages")
    shutil.copytree(source, packages, dirs_exist_ok=True)


def test_coverage_missing(patient, own_venv):
    python, packages = own_venv()
    finding = patient.doctor(venv=python).only("coverage-missing")
    assert finding["where"] == str(python)
    assert finding["fix"] == f"{python} -m pip install pytest-cov"
    install(packages)
    patient.doctor(venv=python).nothing()


def test_pytest_cov_missing(patient, own_venv):
    python, packages = own_venv(NEW, without=("pytest_cov",))
    assert patient.doctor(venv=python).only("pytest-cov-missing")["fix"] == f"{python} -m pip install pytest-cov"
    install(packages)
    patient.doctor(venv=python).nothing()


@pytest.mark.parametrize("package, version, check", [
    ("coverage", "5.5", "coverage-too-old"),
    ("coverage", "7.10.1", "coverage-broken"),
    ("pytest_cov", "3.0.0", "pytest-cov-too-old"),
])
def test_versions(patient, own_venv, package, version, check):
    # Only the version number is changed, so that nothing else is wrong.
    python, packages = own_venv(NEW if package == "coverage" else OLD)
    [metadata] = packages.glob(f"{package}-*.dist-info/METADATA")
    text = metadata.read_text()
    metadata.write_text(re.sub("(?m)^Version: .*", f"Version: {version}", text, count=1))
    finding = patient.doctor(venv=python).only(check)
    assert version in finding["what"] and "install -U" in finding["fix"]
    metadata.write_text(text)
    patient.doctor(venv=python).nothing()


@pytest.mark.parametrize("name", ["subcover_4711.pth", "init_covsub.pth"])
def test_a_stale_pth(patient, own_venv, name):
    python, packages = own_venv(NEW)
    (packages / name).write_text("import sys\n")
    finding = patient.doctor(venv=python).only("stale-pth")
    assert finding["fix"] == f"rm {packages / name}"
    (packages / name).unlink()
    patient.doctor(venv=python).nothing()


def test_the_pth_of_an_older_pytest_cov(patient, own_venv):
    python, packages = own_venv(NEW)
    (packages / "pytest-cov.pth").write_text("import sys\n")
    assert patient.doctor(venv=python).only("stale-pth")["fix"] == f"rm {packages / 'pytest-cov.pth'}"
    (packages / "pytest-cov.pth").unlink()
    patient.doctor(venv=python).nothing()


def test_a_configuration_that_does_not_exist(patient):
    finding = patient.doctor("pytest", "--cov", "--cov-config=nowhere.cfg").only("config-missing")
    assert (finding["level"], finding["where"]) == ("error", "command")
    patient.write("nowhere.cfg", "")
    patient.doctor("pytest", "--cov", "--cov-config=nowhere.cfg").nothing()


@pytest.mark.parametrize("name, text", [
    ("pytest.ini", "[pytest]\naddopts = --cov --cov-config=nowhere.cfg\n"),
    ("setup.cfg", "[tool:pytest]\naddopts = --cov\n  --cov-config nowhere.cfg\n"),
    ("tox.ini", "[pytest]\naddopts = --cov --cov-config=nowhere.cfg\n"),
    ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--cov --cov-config=nowhere.cfg"\n'),
])
def test_a_configuration_that_does_not_exist_in_addopts(patient, name, text):
    patient.write(name, text)
    finding = patient.doctor("pytest").only("config-missing")
    line = 1 + next(n for n, each in enumerate(text.splitlines()) if "--cov-config" in each)
    assert finding["where"] == f"{name}:{line}"
    patient.write("nowhere.cfg", "")
    patient.doctor("pytest").nothing()


def test_a_configuration_that_cannot_be_read(patient):
    patient.write(".coveragerc", "[run]\nbranch = perhaps\n")
    assert "perhaps" in patient.doctor().only("config-unreadable")["what"]
    patient.write(".coveragerc", "[run]\nbranch = true\n")
    patient.doctor().nothing()


def test_a_configuration_that_is_not_read(patient):
    patient.write(".coveragerc", "[run]\nbranch = true\n")
    patient.write("pyproject.toml", "[tool.coverage.run]\nparallel = true\n")
    assert patient.doctor().only("config-ignored")["where"] == "pyproject.toml"
    (patient.folder / "pyproject.toml").unlink()
    patient.doctor().nothing()


@pytest.mark.parametrize("name, text", [
    ("setup.cfg", "[coverage:run]\nbranch = true\n"),
    ("tox.ini", "[coverage:run]\nbranch = true\n"),
    ("pyproject.toml", "[tool.coverage.run]\nbranch = true\n"),
])
def test_a_configuration_that_pytest_cov_does_not_hand_on(patient, name, text):
    patient.write(name, text)
    finding = patient.doctor(venv=OLD).only("config-not-handed-on")
    assert finding["where"] == name
    assert f"--cov-config={name}" in finding["fix"]
    patient.doctor("pytest", "--cov", f"--cov-config={name}", venv=OLD).nothing()


def test_patch_subprocess_below_an_old_pytest_cov(patient, own_venv):
    python, packages = own_venv(NEW)
    [metadata] = packages.glob("pytest_cov-*.dist-info/METADATA")
    metadata.write_text("Metadata-Version: 2.1\nName: pytest-cov\nVersion: 6.3.0\n")
    patient.write(".coveragerc", "[run]\npatch = subprocess\n")
    answer = patient.doctor(venv=python)
    assert "both-mechanisms" in answer.checks()
    assert answer.findings[answer.checks().index("both-mechanisms")]["where"] == ".coveragerc:2"
    patient.write(".coveragerc", "")
    assert "both-mechanisms" not in patient.doctor(venv=python).checks()


def test_parallel_off(patient):
    finding = patient.doctor("coverage", "run", "-m", "pytest").only("parallel-off")
    assert "parallel = true" in finding["fix"]
    patient.write(".coveragerc", "[run]\nparallel = true\n")
    patient.doctor("coverage", "run", "-m", "pytest").nothing()


def test_parallel_off_in_children(patient):
    rc = patient.write(".coveragerc", f"[run]\ndata_file = {patient.folder}/.coverage\nparallel = no\n")
    assert patient.doctor(env={"COVERAGE_PROCESS_START": str(rc)}).only("parallel-off")["where"] == f"{rc}:3"
    rc.write_text(rc.read_text().replace("parallel = no", "parallel = true"))
    patient.doctor(env={"COVERAGE_PROCESS_START": str(rc)}).nothing()


@pytest.mark.parametrize("command", [["pytest"], ["pytest", "--cov", "--no-cov"]])
def test_a_command_that_measures_nothing(patient, command):
    patient.doctor(*command).only("not-measured")
    patient.doctor("pytest", "--cov").nothing()


def test_addopts_that_pytest_does_not_read(patient):
    patient.write("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--cov"]\n')
    patient.doctor("pytest").nothing()
    ini = patient.write("pytest.ini", "")
    finding = patient.doctor("pytest").only("not-measured")
    assert finding["fix"] == "add --cov to the command or to addopts in pytest.ini, which pytest reads"
    ini.write_text("[pytest]\naddopts = --cov\n")
    patient.doctor("pytest").nothing()
    patient.doctor("pytest", "-o", "addopts=").only("not-measured")


def test_sigterm_off_where_children_are_terminated(patient):
    patient.doctor(env={"COVENV_KILL": "term"}).only("sigterm-off")
    patient.write(".coveragerc", "[run]\nsigterm = true\n")
    patient.doctor(env={"COVENV_KILL": "term"}).nothing()


PLUGIN = """\
import coverage

def coverage_init(registry, options):
    registry.add_configurer(coverage.CoveragePlugin())
"""


def test_a_plugin_that_children_do_not_find(patient):
    patient.write("lines.py", PLUGIN)
    patient.write(".coveragerc", "[run]\nplugins = lines\n")
    patient.doctor().nothing()
    # pytest-cov 6 configures children itself.
    old = python_of(OLD)
    answer = patient.doctor(venv=old)
    assert answer.checks() == ["child-lost", "plugin-elsewhere"]
    assert answer.findings[1]["fix"].startswith(f"install lines, or export PYTHONPATH={patient.folder} ")
    assert answer.report["probe"]["why"] == "its data was not saved"
    carried = {"PYTHONPATH": str(patient.folder)}
    patient.doctor(venv=old, env=carried | {"COVENV_CARRY": "COV*,PYTHONPATH"}).nothing()
    patient.doctor(venv=old, env=carried).only("child-lost")


def test_a_plugin_that_is_installed_nowhere(patient, own_venv):
    patient.write(".coveragerc", "[run]\nplugins = lines\n")
    answer = patient.doctor()
    [finding] = [finding for finding in answer.findings if finding["check"] == "plugin-elsewhere"]
    assert finding["fix"] == "install lines"
    assert finding["where"] == ".coveragerc:2"
    python, packages = own_venv(NEW)
    (packages / "lines.py").write_text(PLUGIN)
    patient.doctor(venv=python).nothing()


def test_a_plugin_that_the_python_of_children_lacks(patient, own_venv):
    python, packages = own_venv(NEW)
    (packages / "lines.py").write_text(PLUGIN)
    child = python_of(OLD)
    patient.write(".coveragerc", "[run]\nplugins = lines\n")
    finding = patient.doctor(venv=python, options=["--program", child]).only("plugin-lacked")
    assert finding["what"].startswith(f"{child} lacks coverage's plugin lines: ")
    assert finding["where"] == ".coveragerc:2"
    patient.doctor(venv=python, options=["--program", python]).nothing()


def test_branches_on_the_command_line_beside_multiprocessing(patient):
    rc = patient.write(".coveragerc", "[run]\nconcurrency = multiprocessing\n")
    finding = patient.doctor("pytest", "--cov", "--cov-branch").only("branch-mismatch")
    assert (finding["where"], finding["fix"]) == (".coveragerc:2", "branch = true in [run]")
    rc.write_text(rc.read_text() + "branch = true\n")
    patient.doctor("pytest", "--cov", "--cov-branch").nothing()


@pytest.mark.parametrize("words", [["-n", "2"], ["-n2"], ["-nauto"], ["--numprocesses=4"]])
def test_workers_that_are_replaced(patient, words):
    finding = patient.doctor("pytest", "--cov", *words).only("worker-replaced")
    assert (finding["level"], finding["fix"]) == ("note", "--max-worker-restart=0")
    patient.doctor("pytest", "--cov", *words, finding["fix"]).nothing()


def test_patch_fork(patient):
    patient.write(".coveragerc", "[run]\npatch = fork\n")
    assert patient.doctor().only("patch-fork")["where"] == ".coveragerc:2"
    patient.write(".coveragerc", "")
    patient.doctor().nothing()


def test_a_python_that_the_command_may_not_use(patient, own_venv):
    python, _ = own_venv()
    (patient.folder / "python3").symlink_to(python)
    make = patient.write("make", "#!/bin/sh\n")
    make.chmod(0o755)
    path = {"PATH": f"{patient.folder}:{os.environ['PATH']}"}
    answer = Answer(patient.examined("--json", "--", make, "test", env=path))
    finding = answer.only("coverage-missing")
    assert (finding["level"], finding["what"]) == (
        "warning", "if the command uses this Python, which it does not name: coverage is not installed in this interpreter")
    assert Answer(patient.examined("--json", env=path)).only("coverage-missing")["level"] == "error"


def in_namespace(patient, mount, *arguments):
    """The CompletedProcess of doctor with these arguments, in a mount namespace in which `mount` (shell) has run."""
    command = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh", patient.covenv, "doctor", *arguments]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "LD_"))}
    return subprocess.run([*map(str, command)], cwd=patient.folder, env=variables, capture_output=True, text=True,
                          timeout=patient.deadline)


def test_a_library_that_cannot_be_loaded(patient, tmp_path):
    for name in ("bin", "lib"):
        (tmp_path / "covenv" / name).mkdir(parents=True)
    shutil.copy(patient.covenv, tmp_path / "covenv" / "bin")
    shutil.copy(patient.covenv.parent.parent / "lib" / "libcovenv.so", tmp_path / "covenv" / "lib")
    patient.covenv = tmp_path / "covenv" / "bin" / "covenv"
    folder = tmp_path / "covenv" / "lib"
    mount = f"mount --bind {folder} {folder} && mount -o remount,bind,noexec {folder}"
    answer = Answer(in_namespace(patient, mount, "--json", "--", python_of(NEW), "-m", "pytest", "--cov"))
    assert answer.checks() == ["library-unloadable", "child-lost"]
    assert answer.findings[0]["what"] == "the library cannot be loaded: Operation not permitted"
    assert {finding["fix"] for finding in answer.findings} == {"move covenv to a file system that is not mounted noexec"}
    patient.doctor().nothing()


def test_no_folder_for_temporary_files(patient):
    # Python also tries the current folder, as the last one; so that folder is read-only here, too.
    folders = ["/tmp", "/var/tmp", patient.folder]
    mount = " && ".join(f"mount --bind {each} {each} && mount -o remount,bind,ro {each}" for each in folders)
    # Without this `cd` the working directory would be the writable folder below the new mounts.
    mount += f" && cd {patient.folder}"
    answer = Answer(in_namespace(patient, mount, "--json", "--", python_of(NEW), "-m", "pytest", "--cov"))
    assert answer.only("no-temporary-folder")["what"].startswith("no child could be tried: No usable temporary directory")
    patient.doctor().nothing()


def test_concurrency_that_is_not_installed(patient):
    patient.write(".coveragerc", "[run]\nbranch = true\nconcurrency = gevent\n")
    answer = patient.doctor()
    assert answer.checks() == ["concurrency-missing", "child-lost"]
    assert answer.findings[0]["where"] == ".coveragerc:3"
    patient.write(".coveragerc", "[run]\nbranch = true\n")
    patient.doctor().nothing()


def test_a_process_start_that_does_not_exist(patient):
    assert "process-start-missing" in patient.doctor(env={"COVERAGE_PROCESS_START": "/nowhere"}).checks()


def test_a_process_start_that_is_relative(patient):
    patient.write(".coveragerc", f"[run]\nparallel = true\ndata_file = {patient.folder}/.coverage\n")
    finding = patient.doctor(env={"COVERAGE_PROCESS_START": ".coveragerc"}).only("config-relative")
    assert finding["fix"] == f"export COVERAGE_PROCESS_START={patient.folder}/.coveragerc"
    patient.doctor(env=exported(finding)).nothing()


def exported(finding):
    """The variable that the fix `export NAME=VALUE` sets, as a dict."""
    name, _, value = finding["fix"].removeprefix("export ").partition("=")
    return {name: value}


def test_a_data_file_that_is_relative(patient):
    rc = patient.write(".coveragerc", "[run]\nparallel = true\ndata_file = data/cov\n")
    finding = patient.doctor(env={"COVERAGE_PROCESS_START": str(rc)}).only("data-file-relative")
    assert finding["where"] == f"{rc}:3"
    assert finding["fix"] == f"export COVERAGE_FILE={patient.folder}/data/cov"
    patient.doctor(env={"COVERAGE_PROCESS_START": str(rc)} | exported(finding)).nothing()


def test_branches_in_the_runner_alone(patient):
    data_file = patient.folder / ".coverage"
    rc = patient.write("child.cfg", f"[run]\nparallel = true\ndata_file = {data_file}\nbranch = false\n")
    answer = patient.doctor("pytest", "--cov", "--cov-branch", env={"COVERAGE_PROCESS_START": str(rc)})
    assert answer.only("branch-mismatch")["where"] == f"{rc}:4"
    rc.write_text(rc.read_text().replace("false", "true"))
    patient.doctor("pytest", "--cov", "--cov-branch", env={"COVERAGE_PROCESS_START": str(rc)}).nothing()


def test_branches_in_the_child_alone(patient):
    config = base64.b64encode(json.dumps({"branch": True}).encode()).decode()
    assert "branch-mismatch" in patient.doctor(env={"COVERAGE_PROCESS_CONFIG": config}).checks()


def test_both_groups_of_variables(patient):
    rc = patient.write(".coveragerc", f"[run]\nparallel = true\ndata_file = {patient.folder}/.coverage\n")
    both = {"COV_CORE_SOURCE": ":", "COVERAGE_PROCESS_START": str(rc)}
    assert patient.doctor(env=both).only("both-variables")["fix"] == "unset COV_CORE_SOURCE"
    del both["COV_CORE_SOURCE"]
    patient.doctor(env=both).nothing()


def go_program(patient):
    program = patient.write("server", "#!/bin/sh\n# Go buildinf: warning: GOCOVERDIR not set\n")
    program.chmod(0o755)
    return program


def test_a_go_program_without_a_folder(patient):
    program = go_program(patient)
    assert patient.doctor(options=["--program", program]).only("go-folder-missing")["where"] == str(program)
    patient.doctor(options=["--program", program], env={"GOCOVERDIR": str(patient.folder)}).nothing()


def test_a_go_folder_that_does_not_exist(patient):
    folder = patient.folder / "covdata"
    finding = patient.doctor(env={"GOCOVERDIR": str(folder)}).only("go-folder-missing")
    assert finding["fix"] == f"mkdir -p {folder}"
    folder.mkdir()
    patient.doctor(env={"GOCOVERDIR": str(folder)}).nothing()


def test_a_go_folder_that_is_relative(patient):
    (patient.folder / "covdata").mkdir()
    finding = patient.doctor(env={"GOCOVERDIR": "covdata"}).only("go-folder-relative")
    assert finding["fix"] == f"export GOCOVERDIR={patient.folder}/covdata"
    patient.doctor(env=exported(finding)).nothing()


def test_a_folder_of_node_that_is_relative(patient):
    finding = patient.doctor(env={"NODE_V8_COVERAGE": "v8"}).only("node-folder-relative")
    assert finding["fix"] == f"export NODE_V8_COVERAGE={patient.folder}/v8"
    patient.doctor(env={"NODE_V8_COVERAGE": f"{patient.folder}/v8"}).nothing()


def test_a_profile_that_all_processes_overwrite(patient):
    finding = patient.doctor(env={"LLVM_PROFILE_FILE": f"{patient.folder}/app.profraw"}).only("profile-overwritten")
    variable, _, value = finding["fix"].partition("export ")[2].partition("=")
    patient.doctor(env={variable: value.replace("$PWD", str(patient.folder))}).nothing()
    patient.doctor(env={"LLVM_PROFILE_FILE": f"{patient.folder}/%4m.profraw"}).nothing()
    patient.doctor(env={"LLVM_PROFILE_FILE": "/dev/null"}).nothing()


def test_a_profile_whose_name_is_relative(patient):
    finding = patient.doctor(env={"LLVM_PROFILE_FILE": "cov/%p.profraw"}).only("profile-relative")
    variable, _, value = finding["fix"].partition("export ")[2].partition("=")
    assert value == f"{patient.folder}/cov/%p.profraw"
    patient.doctor(env={variable: value}).nothing()


@pytest.mark.parametrize(
    "wrong, check",
    [("dumponexit=false", "jacoco-silent"), ("output=tcpserver", "jacoco-silent"), ("append=false", "jacoco-overwritten")],
)
def test_options_of_jacoco_that_lose_data(wrong, check, patient):
    finding = patient.doctor(env={"JAVA_TOOL_OPTIONS": f"-javaagent:/opt/jacocoagent.jar=destfile=/tmp/x.exec,{wrong}"}).only(check)
    variable, _, value = finding["fix"].partition("export ")[2].partition("=")
    patient.doctor(env={variable: value.strip("'")}).nothing()


def counted_program(patient, compiler, *flags):
    patient.write("app.c", "int main(void) { return 0; }\n")
    subprocess.run([compiler, *flags, "-c", "app.c"], check=True, cwd=patient.folder)
    subprocess.run([compiler, *flags, "-o", "app", "app.o"], check=True, cwd=patient.folder)
    return patient.folder / "app"


def test_a_program_of_gcov_whose_notes_are_gone(patient):
    program = counted_program(patient, "gcc", "--coverage")
    patient.doctor(options=["--program", program]).nothing()
    (patient.folder / "app.gcno").unlink()
    finding = patient.doctor(options=["--program", program]).only("gcov-notes-missing")
    assert str(patient.folder / "app.gcno") in finding["what"]
    counted_program(patient, "gcc", "--coverage")
    patient.doctor(options=["--program", program]).nothing()


def test_a_tool_that_does_not_read_the_profiles(patient):
    program = counted_program(patient, "clang-14", "-fprofile-instr-generate", "-fcoverage-mapping")
    path = f"{patient.folder}/tools:{os.environ['PATH']}"
    (patient.folder / "tools").mkdir()
    tool = patient.write("tools/llvm-profdata", "#!/bin/sh\necho '  Debian LLVM version 19.1.7'\n")
    tool.chmod(0o755)
    finding = patient.doctor(options=["--program", program], env={"PATH": path}).only("profile-tool")
    assert finding["where"] == str(tool) and finding["fix"] == "merge by llvm-profdata-14"
    tool.write_text("#!/bin/sh\necho '  Debian LLVM version 14.0.6'\n")
    patient.doctor(options=["--program", program], env={"PATH": path}).nothing()


def test_a_static_program(patient):
    source = patient.write("server.c", "int main(void) { return 0; }\n")
    program = patient.folder / "server"
    subprocess.run(["gcc", "-static", "-o", program, source], check=True)
    assert patient.doctor(options=["--program", "./server"]).only("program-static")["where"] == "./server"
    subprocess.run(["gcc", "-o", program, source], check=True)
    patient.doctor(options=["--program", "./server"]).nothing()


def test_a_setuid_program(patient):
    program = patient.folder / "agent"
    shutil.copy("/bin/true", program)
    patient.doctor(options=["--program", program]).nothing()
    shutil.chown(program, "nobody")
    program.chmod(0o4755)
    assert patient.doctor(options=["--program", program]).only("program-setuid")["fix"].endswith(f"chmod u-s {program}")


def test_a_program_that_is_not_there(patient):
    patient.doctor(options=["--program", "no-such-program"]).only("program-missing")
    patient.doctor(options=["--program", "true"]).nothing()


def test_preload_names_what_is_not_there(patient):
    patient.doctor(env={"LD_PRELOAD": "/no/such/library.so"}).only("preload-broken")


@pytest.mark.parametrize("setting", ["COVENV_GRACE=soon", "COVENV_KILL=never", "COVENV_NONSENSE=1"])
def test_a_setting_that_makes_no_sense(patient, setting):
    name, value = setting.split("=")
    assert setting in patient.doctor(env={name: value}).only("setting")["what"]
    patient.doctor().nothing()


def test_disabled(patient):
    answer = patient.doctor(env={"COVENV_DISABLE": "1"})
    assert answer.checks() == ["disabled", "child-lost"]
    assert answer.findings[1]["fix"] == "unset COVENV_DISABLE"


@pytest.mark.parametrize("journal", [True, False])
def test_kills_left_as_they_are(patient, journal):
    answer = patient.doctor(env={"COVENV_KILL": "off", "COVENV_JOURNAL": str(int(journal))})
    assert "kill-off" in answer.checks()
    assert answer.report["probe"]["saved"] == journal


def test_no_offer(patient):
    finding = patient.doctor(env={"COVENV_OFFER": "0"}).only("child-lost")
    assert "COVENV_OFFER" in finding["fix"]


def test_nothing_carried(patient):
    assert "carry" in patient.doctor(env={"COVENV_CARRY": "NOTHING"}).checks()


def test_a_container(patient):
    result = patient.examined("--", "docker", "run", "image", "pytest", env={"VIRTUAL_ENV": "/nowhere"})
    assert "[preload-container]" in result.stdout


def test_a_snap(patient):
    result = patient.examined("--", "snap", "run", "python", env={"VIRTUAL_ENV": "/nowhere"})
    assert "[preload-snap]" in result.stdout
