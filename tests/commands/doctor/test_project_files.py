# SPDX-License-Identifier: MIT
"""What `covenv doctor` says of the project's files, on projects with exactly one defect of this kind.

Each test applies what doctor says, and then doctor finds nothing, and the suite measures the product.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import zipapp

import pytest
from conftest import NEW, OLD
from stacks import other_venvs
from user_project import python_of

PRODUCT = "def work():\n    return 1\n"
TEST = """\
    import sys

    sys.path.insert(0, {root!r})
    from shop import core


    def test_work():
        assert core.work() == 1
"""


@pytest.fixture
def shop(patient):
    """A patient with the package shop, and a test of it."""
    return project_with_package(patient, "")


@pytest.fixture
def src_shop(patient):
    """A patient with the package shop below src, and a test of it."""
    return project_with_package(patient, "src/")


def project_with_package(patient, root):
    (patient.folder / root / "shop").mkdir(parents=True)
    patient.write(f"{root}shop/__init__.py", "")
    patient.write(f"{root}shop/core.py", PRODUCT)
    (patient.folder / "tests").mkdir()
    patient.write("tests/test_core.py", TEST.format(root=str(patient.folder / root)))
    return patient


def measured(patient, *words, venv=NEW):
    """The names of the product's files that the suite covers and the report has. Neither data nor report are left."""
    python = python_of(venv) if isinstance(venv, str) else venv
    arguments = ["-p", "no:cacheprovider", "--cov-report=", *(words or ["--cov"]), "--", "tests"]
    patient.run(python, "-m", "pytest", *arguments, preload=False)
    report, data = patient.folder / "coverage.json", patient.folder / ".coverage"
    subprocess.run([python, "-m", "coverage", "json", "-q", "-i"], cwd=patient.folder, capture_output=True, check=False)
    files = json.loads(report.read_text())["files"] if report.exists() else {}
    for path in (report, data):
        path.unlink(missing_ok=True)
    return [name for name, file in files.items()
            if os.path.basename(name) == "core.py" and file["summary"]["covered_lines"]]


STACKS = pytest.mark.parametrize("stack", ["pytest-cov-4", NEW])


@STACKS
@pytest.mark.parametrize("wrong", ["--cov=shpo", "--cov=shop.cor", "--cov=shop/core.py"])
def test_a_misspelt_source_of_the_command(shop, wrong, stack):
    check = "source-file" if wrong.endswith("py") else "source-misspelt"
    finding = shop.doctor("pytest", wrong, venv=stack).only(check)
    assert (finding["level"], finding["where"]) == ("error", "command")
    assert measured(shop, wrong, venv=stack) == []
    shop.doctor("pytest", finding["fix"], venv=stack).nothing()
    assert measured(shop, finding["fix"], venv=stack) == ["shop/core.py"]


def test_a_misspelt_source_of_addopts(shop):
    ini = shop.write("pytest.ini", "[pytest]\naddopts = -q --cov=shpo\n")
    finding = shop.doctor("pytest").only("source-misspelt")
    assert finding["where"] == "pytest.ini:2"
    ini.write_text(ini.read_text().replace("--cov=shpo", finding["fix"]))
    shop.doctor("pytest").nothing()
    assert measured(shop, "-q") == ["shop/core.py"]


def test_a_misspelt_source_beside_one_of_addopts(shop):
    shop.write("pytest.ini", "[pytest]\naddopts = --cov=shop\n")
    assert shop.doctor("pytest", "--cov=shpo").only("source-misspelt")["where"] == "command"
    shop.doctor("pytest", "--cov=shop").nothing()


@pytest.mark.parametrize("name, before, after", [
    (".coveragerc", "[run]\nbranch = true\n", "source = shpo\n"),
    ("setup.cfg", "[metadata]\nsource = shpo\n[coverage:run]\n", "source =\n    shpo\n"),
    ("pyproject.toml", "[tool.coverage.run]\n", 'source = ["shpo"]\n'),
    ("pyproject.toml", "[tool.coverage.run]\n", 'source_pkgs = ["shpo"]\n'),
])
def test_a_misspelt_source_of_the_configuration(shop, name, before, after):
    configuration = shop.write(name, before + after)
    [finding] = shop.doctor("pytest", "--cov").findings
    assert finding["fix"] == after.replace("\n    ", " ").replace("shpo", "shop").strip()
    assert finding["where"] == f"{name}:{len((before + after).splitlines())}"
    configuration.write_text(f"{before}{finding['fix']}\n")
    shop.doctor("pytest", "--cov").nothing()
    assert measured(shop) == ["shop/core.py"]


def test_a_source_without_a_similar_name(shop):
    finding = shop.doctor("pytest", "--cov=entirely_different").only("source-misspelt")
    assert (finding["level"], finding["fix"]) == ("warning", "--cov=shop")
    shop.doctor("pytest", finding["fix"]).nothing()


def test_a_source_without_python(shop):
    (shop.folder / "docs").mkdir()
    finding = shop.doctor("pytest", "--cov=docs").only("source-empty")
    shop.doctor("pytest", finding["fix"]).nothing()
    assert measured(shop, finding["fix"]) == ["shop/core.py"]


def test_the_tests_are_taken_for_the_source(shop):
    finding = shop.doctor("pytest", "--cov", "tests").only("source-tests-only")
    assert measured(shop, "--cov", "tests") == []
    shop.doctor("pytest", finding["fix"], "tests").nothing()
    assert measured(shop, finding["fix"]) == ["shop/core.py"]


def test_a_source_of_coverage_run(shop):
    finding = shop.doctor("coverage", "run", "-p", "--source=shpo", "-m", "pytest").only("source-misspelt")
    assert finding["fix"] == "--source=shop"
    shop.doctor("coverage", "run", "-p", finding["fix"], "-m", "pytest").nothing()


@STACKS
def test_source_pkgs_that_cannot_be_imported(shop, stack):
    rc = shop.write(".coveragerc", "[run]\nbranch = true\nsource_pkgs = shpo\n")
    finding = shop.doctor(venv=stack).only("source-pkgs-missing")
    assert (finding["where"], finding["fix"]) == (".coveragerc:3", "source_pkgs = shop")
    assert measured(shop, venv=stack) == []
    rc.write_text(f"[run]\nbranch = true\n{finding['fix']}\n")
    shop.doctor(venv=stack).nothing()
    assert measured(shop, venv=stack) == ["shop/core.py"]


def test_source_pkgs_that_names_a_folder(src_shop):
    rc = src_shop.write(".coveragerc", "[run]\nsource_pkgs = src\n")
    finding = src_shop.doctor().only("source-outside")
    assert finding["where"] == ".coveragerc:2"
    assert measured(src_shop) == []
    rc.write_text(f"[run]\n{finding['fix']}\n")
    src_shop.doctor().nothing()
    assert measured(src_shop) == ["src/shop/core.py"]


@pytest.mark.parametrize("omit, stack", [("*", NEW), ("shop/*", "pytest-cov-4"), ("\n    docs/*\n    */shop/*\n", NEW)])
def test_omit_takes_all_out(shop, omit, stack):
    rc = shop.write(".coveragerc", f"[run]\nomit = {omit}\n")
    finding = shop.doctor(venv=stack).only("omit-all")
    pattern = omit.split()[-1]
    assert finding["fix"] == f"take {pattern} out of omit"
    line = next(n for n, text in enumerate(rc.read_text().splitlines(), 1) if pattern in text)
    assert finding["where"] == f".coveragerc:{line}"
    assert measured(shop, venv=stack) == []
    rc.write_text(rc.read_text().replace(pattern, "nothing/*"))
    shop.doctor(venv=stack).nothing()
    assert measured(shop, venv=stack) == ["shop/core.py"]


@pytest.mark.parametrize("name, text", [
    (".coveragerc", "[run]\nomit = *\n"), ("pyproject.toml", '[tool.coverage.run]\nomit = ["*"]\n')])
def test_omit_takes_all_out_below_an_old_pytest_cov(shop, name, text):
    shop.write(name, text)
    shop.doctor("pytest", "--cov", f"--cov-config={name}", venv=OLD).only("omit-all")


@STACKS
def test_include_has_none(shop, stack):
    rc = shop.write(".coveragerc", "[run]\ninclude = app/*\n")
    finding = shop.doctor(venv=stack).only("include-none")
    assert finding["where"] == ".coveragerc:2"
    assert measured(shop, venv=stack) == []
    rc.write_text(f"[run]\n{finding['fix']}\n")
    shop.doctor(venv=stack).nothing()
    assert measured(shop, venv=stack) == ["shop/core.py"]


@pytest.mark.parametrize("option, check", [("omit = shop/*", "omit-all"), ("include = app/*", "include-none")])
def test_the_report_has_none(shop, option, check):
    rc = shop.write(".coveragerc", f"[report]\n{option}\n")
    assert shop.doctor().only(check)["where"] == ".coveragerc:2"
    assert measured(shop) == []
    rc.write_text("[report]\n")
    shop.doctor().nothing()
    assert measured(shop) == ["shop/core.py"]


@pytest.mark.parametrize("option, expression", [
    ("exclude_lines", "def "), ("exclude_lines", "pragma: no cover|"), ("exclude_also", "def work"),
])
def test_expressions_that_exclude_all(shop, option, expression):
    rc = shop.write(".coveragerc", f"[report]\n{option} =\n    if TYPE_CHECKING\n    {expression}\n")
    finding = shop.doctor().only("exclude-all")
    assert (finding["where"], finding["fix"]) == (".coveragerc:4", f"take {expression.strip()} out of {option}")
    assert measured(shop) == []
    rc.write_text(f"[report]\n{option} =\n    if TYPE_CHECKING\n")
    shop.doctor().nothing()
    assert measured(shop) == ["shop/core.py"]


def test_an_installed_copy(src_shop, own_venv):
    python, packages = own_venv(NEW)
    (packages / "shop").mkdir()
    for name in ("__init__.py", "core.py"):
        (packages / "shop" / name).write_text((src_shop.folder / "src" / "shop" / name).read_text())
    src_shop.write("tests/test_core.py", TEST.format(root=str(packages)))
    finding = src_shop.doctor("pytest", "--cov=src", venv=python).only("installed-copy")
    assert (finding["level"], finding["where"]) == ("warning", "command")
    assert str(packages / "shop") in finding["what"]
    assert measured(src_shop, "--cov=src", venv=python) == []
    copy = finding["fix"].rpartition(" ")[2]
    src_shop.doctor("pytest", copy, venv=python).nothing()
    assert len(measured(src_shop, copy, venv=python)) == 1
    # What `pip install -e .` writes.
    for path in (packages / "shop").iterdir():
        path.unlink(missing_ok=True) if path.is_file() else [p.unlink() for p in path.iterdir()] and path.rmdir()
    (packages / "shop").rmdir()
    (packages / "__editable__.shop.pth").write_text(str(src_shop.folder / "src"))
    src_shop.doctor("pytest", "--cov=src", venv=python).nothing()
    assert measured(src_shop, "--cov=src", venv=python) == ["src/shop/core.py"]


def test_an_installed_copy_that_children_import(shop, own_venv):
    python, packages = own_venv(NEW)
    (packages / "shop").mkdir()
    (packages / "shop" / "__init__.py").write_text("")
    assert shop.doctor(venv=python).only("installed-copy")["level"] == "note"
    shop.doctor(venv=python, env={"PYTHONPATH": str(shop.folder)}).nothing()


def test_paths_that_begin_with_a_folder_elsewhere(shop):
    rc = shop.write(".coveragerc", "[run]\nbranch = true\n[paths]\nsource =\n    /ci/shop\n    shop\n")
    finding = shop.doctor().only("paths-unmapped")
    assert (finding["where"], finding["fix"]) == (".coveragerc:5", "source = shop, /ci/shop")
    data_of_another_folder(shop, "/ci/shop/core.py")
    assert combined(shop) == ["/ci/shop/core.py"]
    rc.write_text(f"[run]\nbranch = true\n[paths]\n{finding['fix']}\n")
    data_of_another_folder(shop, "/ci/shop/core.py")
    shop.doctor().nothing()
    assert combined(shop) == ["shop/core.py"]


TOML_PATHS = '[tool.coverage.run]\nbranch = true\n[tool.coverage.paths]\nsource = ["src", "*/site-packages"]\n'


@pytest.mark.parametrize("group, fix", [
    ('other = ["shop", "/x/lib"]', 'other = ["src/shop", "shop", "/x/lib"]'),
    ('other = ["/x/src/shop/", "lib"]', 'other = ["src/shop", "/x/src/shop/", "lib"]'),
    ('other = ["/x/app", "src"]', 'other = ["src", "/x/app"]'),
])
def test_paths_are_mapped_to_a_folder_that_is_there(src_shop, group, fix):
    pyproject = src_shop.write("pyproject.toml", f"{TOML_PATHS}{group}\n")
    finding = src_shop.doctor("pytest", "--cov=src").only("paths-unmapped")
    assert (finding["where"], finding["fix"]) == ("pyproject.toml:5", fix)
    pyproject.write_text(f"{TOML_PATHS}{finding['fix']}\n")
    src_shop.doctor("pytest", "--cov=src").nothing()


@pytest.mark.parametrize("folder", ["docs/lib", "lib/lib"])
def test_paths_without_a_folder_that_fits(src_shop, folder):
    (src_shop.folder / folder).mkdir(parents=True)
    if folder == "lib/lib":
        for name in ("lib/lib/a.py", "src/lib/a.py"):
            (src_shop.folder / name).parent.mkdir(exist_ok=True)
            src_shop.write(name, PRODUCT)
    pyproject = src_shop.write("pyproject.toml", f'{TOML_PATHS}other = ["/x/y/lib", "/z/lib"]\n')
    finding = src_shop.doctor("pytest", "--cov=src").only("paths-unmapped")
    assert finding["fix"] == "take other out, or let it begin with the folder here that has these files"
    pyproject.write_text(TOML_PATHS)
    src_shop.doctor("pytest", "--cov=src").nothing()


def test_data_of_another_folder_beside_toml(shop):
    data_of_another_folder(shop, "/ci/build/shop/core.py")
    pyproject = shop.write("pyproject.toml", "[tool.coverage.run]\nbranch = true\n")
    finding = shop.doctor().only("paths-unmapped")
    line, _, section = finding["fix"].partition(" in ")
    assert (line, section) == ('source = [".", "/ci/build"]', "[tool.coverage.paths]")
    pyproject.write_text(f"[tool.coverage.run]\nbranch = true\n{section}\n{line}\n")
    shop.doctor().nothing()
    assert combined(shop) == ["shop/core.py"]


def test_data_of_another_folder(shop):
    data_of_another_folder(shop, "/ci/build/shop/core.py")
    finding = shop.doctor().only("paths-unmapped")
    assert finding["fix"] == "source = ., /ci/build in [paths]"
    assert combined(shop) == ["/ci/build/shop/core.py"]
    shop.write(".coveragerc", f"[run]\nbranch = true\n[paths]\n{finding['fix'].partition(' in ')[0]}\n")
    data_of_another_folder(shop, "/ci/build/shop/core.py")
    shop.doctor().nothing()
    assert combined(shop) == ["shop/core.py"]


def test_data_of_a_copy_that_a_test_ran(shop, tmp_path):
    folder = tmp_path / "test_copy0"
    data_of_another_folder(shop, f"{folder}/core.py")
    finding = shop.doctor(env={"TMPDIR": str(tmp_path)}).only("paths-unmapped")
    theirs = re.sub(r"/pytest-\d+/", "/pytest-*/", str(folder))
    assert finding["fix"] == f"source = shop, {theirs} in [paths]"
    shop.write(".coveragerc", f"[run]\nbranch = true\n[paths]\n{finding['fix'].partition(' in ')[0]}\n")
    shop.doctor(env={"TMPDIR": str(tmp_path)}).nothing()
    assert combined(shop) == ["shop/core.py"]


def data_of_another_folder(patient, name):
    script = "data = coverage.CoverageData('.coverage.ci'); data.add_lines({sys.argv[1]: [1, 2]}); data.write()"
    command = [python_of(NEW), "-c", "import coverage, sys; " + script, name]
    subprocess.run(command, cwd=patient.folder, check=True)


def combined(patient):
    """The files of the data when coverage has combined them. The data are removed."""
    patient.run(python_of(NEW), "-m", "coverage", "combine", preload=False)
    data = patient.folder / ".coverage"
    with sqlite3.connect(data) as connection:
        names = [os.path.relpath(name, patient.folder) if name.startswith(str(patient.folder)) else name
                 for name, in connection.execute("select path from file")]
    data.unlink()
    return names


@pytest.mark.parametrize("words, check", [(["--no-cov"], "not-measured"), (["-p", "no:cov"], "plugin-blocked"),
                                          (["-pno:pytest_cov"], "plugin-blocked")])
@pytest.mark.parametrize("place", ["command", "pytest.ini:2", "environment"])
def test_pytest_cov_is_switched_off(shop, words, check, place):
    given = " ".join(words)
    in_place = {"command": ("", {}), "pytest.ini:2": (given, {}), "environment": ("", {"PYTEST_ADDOPTS": given})}
    added, env = in_place[place]
    ini = shop.write("pytest.ini", f"[pytest]\naddopts = --cov=shop {added}\n")
    command = ["pytest", *(words if place == "command" else [])]
    finding = shop.doctor(*command, env=env).only(check)
    assert finding["where"] == place
    assert finding["fix"].startswith("take out ")
    ini.write_text("[pytest]\naddopts = --cov=shop\n")
    shop.doctor("pytest").nothing()
    assert measured(shop, "-q") == ["shop/core.py"]


def test_plugins_are_not_loaded_by_themselves(shop):
    off = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    assert shop.doctor("pytest", "--cov=shop", env=off).only("plugin-blocked")["where"] == "environment"
    shop.doctor("pytest", "--cov=shop", "-p", "pytest_cov", env=off).nothing()
    shop.doctor("pytest", "--cov=shop", env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""}).nothing()


def other_python(folder, coverage):
    """A Python with the coverage of a virtual environment, without its modules in C; with none if that is None.

    The Python is the newest one on this machine, which is the suite's own version if there is no other.
    """
    subprocess.run([python_of((other_venvs() or [NEW])[-1]), "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    [source] = python_of(coverage or NEW).parent.parent.glob("lib/python*/site-packages")
    for path in source.glob("coverage*") if coverage else ():
        shutil.copytree(path, packages / path.name, ignore=shutil.ignore_patterns("*.so")) if path.is_dir() else None
    return folder / "bin" / "python", packages


def test_another_python_with_an_old_coverage(shop, tmp_path):
    python, packages = other_python(tmp_path / "other", OLD)
    finding = shop.doctor(options=["--program", python]).only("program-coverage-too-old")
    assert finding["fix"] == f"{python} -m pip install -U coverage"
    assert measured_below(shop, python) == []
    for path in packages.glob("coverage*"):
        shutil.rmtree(path)
    other_python(tmp_path / "other", NEW)
    shop.doctor(options=["--program", python]).nothing()
    assert measured_below(shop, python) == ["shop/server.py"]


def test_another_python_without_coverage(shop, tmp_path):
    python, _ = other_python(tmp_path / "other", None)
    finding = shop.doctor(options=["--program", python]).only("program-coverage-missing")
    assert finding["fix"] == f"{python} -m pip install coverage"
    assert measured_below(shop, python) == []
    other_python(tmp_path / "other", NEW)
    shop.doctor(options=["--program", python]).nothing()
    assert measured_below(shop, python) == ["shop/server.py"]


def test_another_python_below_an_old_coverage(shop, tmp_path):
    python, _ = other_python(tmp_path / "other", OLD)
    shop.doctor(venv=OLD, options=["--program", python]).nothing()


def measured_below(patient, python):
    """["shop/server.py"] if the server is measured that a suite below covenv starts with this Python, else []."""
    patient.write("shop/server.py", "print('ready', flush=True)\ninput()\n")
    patient.write("tests/test_core.py", f"""
        import subprocess

        def test_server():
            server = subprocess.Popen(["{python}", "shop/server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert server.stdout.readline() == b"ready\\n"
            server.kill()
            server.wait()
    """)
    command = [python_of(NEW), "-m", "pytest", "-p", "no:cacheprovider", "--cov=shop", "--cov-report=json", "tests"]
    patient.run(patient.covenv, "run", "--quiet", "--", *command, preload=False)
    files = json.loads((patient.folder / "coverage.json").read_text())["files"]
    return [name for name in files if name == "shop/server.py" and files[name]["executed_lines"]]


def test_a_zip_of_the_source(shop):
    shop.write("shop/__main__.py", PRODUCT + "work()\n")
    zipapp.create_archive(shop.folder / "shop", shop.folder / "shop.pyz", interpreter="/usr/bin/env python3")
    finding = shop.doctor(options=["--program", "./shop.pyz"]).only("program-zipapp")
    assert finding["fix"] == "start the source instead: python shop"
    shop.doctor(options=["--program", python_of(NEW)]).nothing()
