# SPDX-License-Identifier: MIT
"""`covenv doctor --after report.json` explains a run: each process with a loss, or without a line of the source."""

import zipapp

import pytest
from conftest import NEW, Answer
from user_project import python_of

SERVER = """\
    import time

    def work():
        return 1

    work()
    print("ready", flush=True)
    time.sleep(60)
"""
# Starts what STARTED says, waits for its first line, and ends it as END says.
TEST = """\
    import os
    import shutil
    import subprocess
    import sys

    def test_server(tmp_path):
        server = subprocess.Popen({started}, stdout=subprocess.PIPE)
        assert server.stdout.readline() == b"ready\\n"
        {end}
"""
KILLED = "server.kill(); server.wait()"
COPY = '[sys.executable, shutil.copy("shop/server.py", tmp_path)]'


@pytest.fixture
def shop(patient):
    """A patient whose test kills the server shop/server.py."""
    (patient.folder / "shop").mkdir()
    patient.write("shop/server.py", SERVER)
    start(patient, '[sys.executable, "shop/server.py"]')
    return patient


def start(patient, started, end=KILLED):
    patient.write("test_server.py", TEST.format(started=started, end=end))


def explained(patient, *words, env={}):
    """The Answer on a run of the suite below `covenv run`, with these words for pytest."""
    command = [python_of(NEW), "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    patient.run(patient.covenv, "run", "--quiet", "--report", "report.json", "--", *command, preload=False, env=env)
    return Answer(patient.examined("--json", "--after", "report.json"))


def test_a_run_that_lost_nothing(shop):
    explained(shop, "--cov=shop").nothing()


def test_a_copy_runs_instead_of_the_source(shop):
    start(shop, COPY)
    finding = explained(shop, "--cov=shop").only("run-without-source")
    assert finding["level"] == "warning" and finding["where"].endswith("/server.py")
    assert finding["fix"] == "start shop/server.py itself"
    start(shop, '[sys.executable, os.path.abspath("shop/server.py")]')
    explained(shop, "--cov=shop").nothing()


def test_a_program_outside_of_the_source(shop):
    (shop.folder / "scripts").mkdir()
    (shop.folder / "shop" / "server.py").rename(shop.folder / "scripts" / "worker.py")
    shop.write("shop/__init__.py", "answer = 42\n")
    start(shop, '[sys.executable, "scripts/worker.py"]')
    finding = explained(shop, "--cov=shop").only("run-without-source")
    assert finding["where"] == "scripts/worker.py"
    assert finding["fix"] == "add --cov=scripts"
    explained(shop, "--cov=shop", "--cov=scripts").nothing()


def test_a_zip_runs_instead_of_the_source(shop):
    (shop.folder / "shop" / "server.py").rename(shop.folder / "shop" / "__main__.py")
    zipapp.create_archive(shop.folder / "shop", shop.folder / "shop.pyz")
    start(shop, '[sys.executable, "shop.pyz"]')
    finding = explained(shop, "--cov=shop").only("run-without-source")
    assert finding["fix"] == "start the source instead: python shop"
    start(shop, '[sys.executable, "shop"]')
    explained(shop, "--cov=shop").nothing()


def test_a_program_that_is_omitted(shop):
    shop.write("shop/core.py", "answer = 42\n")
    rc = shop.write(".coveragerc", "[run]\nomit = *server.py\n")
    finding = explained(shop, "--cov").only("run-without-source")
    assert finding["fix"] == "take *server.py out of omit"
    rc.write_text("[run]\n")
    explained(shop, "--cov").nothing()


def test_a_misspelt_source_explains_its_processes(shop):
    answer = explained(shop, "--cov=shpo")
    assert sorted(answer.checks()) == ["run-without-source", "source-misspelt"]
    fixes = {finding["fix"] for finding in answer.findings}
    assert fixes == {"--cov=shop"}
    explained(shop, *fixes).nothing()


def test_a_loss(shop):
    settings = {"COVENV_JOURNAL": "0", "COVENV_KILL": "off"}
    finding = explained(shop, "--cov=shop", env=settings).only("run-lost")
    assert (finding["level"], finding["where"]) == ("error", "report.json")
    assert "shop/server.py: " in finding["what"] and "COVENV_JOURNAL=1" in finding["fix"]
    explained(shop, "--cov=shop", env={"COVENV_KILL": "off", "COVENV_JOURNAL": "1"}).nothing()


def test_losses_of_one_kind_are_told_once(shop):
    again = "; test_server.left = getattr(test_server, 'left', 2) - 1\n"
    again += "        if test_server.left: test_server(tmp_path)"
    start(shop, '[sys.executable, "shop/server.py"]', KILLED + again)
    settings = {"COVENV_JOURNAL": "0", "COVENV_KILL": "off"}
    finding = explained(shop, "--cov=shop", env=settings).only("run-lost")
    assert finding["what"].endswith("(and 1 like it)")


def test_a_child_that_outlives_the_run(shop):
    start(shop, '[sys.executable, "shop/server.py"]', 'open("pid", "w").write(str(server.pid))')
    command = [python_of(NEW), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--cov=shop"]
    shop.run(shop.covenv, "run", "--quiet", "--report", "report.json", "--", *command, preload=False)
    finding = Answer(shop.examined("--json", "--after", "report.json")).only("run-left-running")
    assert (finding["level"], finding["where"]) == ("warning", "report.json")
    start(shop, '[sys.executable, "shop/server.py"]')
    explained(shop, "--cov=shop").nothing()


def test_code_without_a_file_is_a_note(shop):
    start(shop, """[sys.executable, "-c", "print('ready', flush=True); input()"]""")
    shop.write("shop/core.py", "answer = 42\n")
    finding = explained(shop, "--cov=shop").only("run-without-source")
    assert finding["level"] == "note"


def test_a_report_that_is_none(shop):
    shop.write("report.json", "{}")
    result = shop.examined("--after", "report.json", status=125)
    assert result.stderr.startswith("covenv: report.json")
    assert "nowhere.json" in shop.examined("--after", "nowhere.json", status=125).stderr
