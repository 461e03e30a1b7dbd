# SPDX-License-Identifier: MIT
"""The gain of a file in percent is what coverage's own report says, without covenv and with it."""

import json

import pytest
from stacks import NEWEST, other_venvs
from user_project import python_of

SUITE = """
    import shop
    from helpers import start

    def test_killed():
        assert shop.buy(2) == 2
        process = start("killed.py", env={})
        process.kill()
        process.wait()
"""
KILLED = """
    import time

    from shop import sell

    sell(1)
    print("ready", flush=True)
    while True:
        time.sleep(0.01)
"""
SHOP = """
    def buy(count):
        if count > 1:
            return 2
        return 1


    def sell(count):
        total = sum([
            count,
            1,
        ])
        if total:
            return total
        return 0


    def debug():  # pragma: no cover
        return 1
"""


@pytest.fixture
def shop(small):
    for name, text in (("test_it", SUITE), ("killed", KILLED), ("shop", SHOP)):
        small.write(f"{name}.py", text)
    return small


@pytest.fixture
def gained(shop, covenv):
    """A function that runs the suite below `covenv run`: the rows of the gain by file name, and what coverage reports."""

    def run(*arguments):
        report = shop.folder / "session.json"
        printed = shop.pytest(*arguments, preload=False, through=(covenv, "run", "--report", report, "--"))
        rows = json.loads(report.read_text())["gain"]["largest"]
        return {row["file"].rpartition("/")[2]: row for row in rows}, printed

    return run


@pytest.mark.each_stack
@pytest.mark.parametrize("lines", [[], ["branch = true"], ["relative_files = true"]], ids=["lines", "branches", "relative"])
def test_percents_are_those_of_coverage(shop, gained, lines):
    for line in lines:
        shop.configure(line)
    before = shop.pytest(preload=False).percent("shop.py")
    rows, printed = gained()
    percents = rows["shop.py"]["percents"]
    assert percents["before"] == pytest.approx(before, abs=1e-6)
    assert percents["after"] == pytest.approx(printed.percent("shop.py"), abs=1e-6)
    of_killed = pytest.approx(printed.percent("killed.py"), abs=1e-6)
    assert rows["killed.py"]["percents"] == {"before": 0, "after": of_killed}
    assert 0 < before < percents["after"] < 100
    assert f"shop.py {before:.0f} -> {percents['after']:.0f} %" in printed.output


def test_lines_that_the_configuration_excludes_do_not_count(shop, gained):
    (shop.folder / ".coveragerc").open("a").write("[report]\nexclude_lines =\n  pragma\n  return 0\n")
    rows, printed = gained()
    assert rows["shop.py"]["percents"]["after"] == pytest.approx(printed.percent("shop.py"), abs=1e-6)


def test_data_to_which_a_combine_adds_were_there_before(shop, gained):
    before = shop.pytest(preload=False).percent("shop.py")
    shop.write("test_it.py", SUITE.replace("assert shop.buy(2) == 2", "pass"))
    rows, printed = gained("--cov-append")
    assert rows["shop.py"]["percents"]["before"] == pytest.approx(before, abs=1e-6)
    assert rows["shop.py"]["percents"]["after"] == pytest.approx(printed.percent("shop.py"), abs=1e-6)


def test_a_file_that_the_report_leaves_out_is_told_in_lines(shop, gained):
    (shop.folder / ".coveragerc").open("a").write("[report]\nomit = shop.py\n")
    rows, printed = gained()
    assert "percents" not in rows["shop.py"] and "percents" in rows["killed.py"]
    assert f"shop.py {rows['shop.py']['before']} -> {rows['shop.py']['after']} lines" in printed.output


def test_paths_are_mapped_as_in_the_combined_data(shop, gained):
    copy = shop.folder / "copy"
    copy.mkdir()
    (copy / "shop.py").write_text((shop.folder / "shop.py").read_text())
    shop.write("copy/killed.py", KILLED)
    shop.write("test_it.py", SUITE.replace("killed.py", "copy/killed.py"))
    before = shop.pytest(preload=False).percent("shop.py")
    (shop.folder / ".coveragerc").open("a").write("[paths]\nall =\n  .\n  */copy\n")
    rows, printed = gained()
    assert rows["shop.py"]["file"] == str(shop.folder / "shop.py")
    assert rows["shop.py"]["percents"] == {
        "before": pytest.approx(before, abs=1e-6),
        "after": pytest.approx(printed.percent("shop.py"), abs=1e-6),
    }


def test_a_large_file_is_told_in_lines(shop, gained):
    shop.write("shop.py", SHOP + "\n" + "    # A comment.\n" * 20000)
    rows, _ = gained()
    assert "percents" not in rows["shop.py"] and "percents" in rows["killed.py"]


def test_data_that_covenv_does_not_know_make_it_lines(shop, gained):
    shop.write("test_it.py", SUITE + """
    def test_named():
        import os, subprocess, sys
        environ = {"COVERAGE_FILE": ".coverage.unit", "PATH": os.environ["PATH"]}
        subprocess.run([sys.executable, "-m", "coverage", "run", "unit.py"], check=True, env=environ)
""")
    shop.write("unit.py", "import shop\n\nshop.sell(0)\n")
    rows, _ = gained()
    assert rows["killed.py"] and not any("percents" in row for row in rows.values())


def test_a_combine_warns_of_nothing_more(shop, gained):
    shop.write("shop.py", SHOP + '\n\n    TEXT = "\\d"\n')
    shop.settings = {**shop.settings, "PYTHONWARNINGS": "always", "PYTHONDEVMODE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    bare = shop.pytest(preload=False, report=False).output
    rows, printed = gained()
    assert "percents" in rows["shop.py"]
    assert 0 < printed.output.count("invalid escape") <= bare.count("invalid escape")


def test_no_database_stays_open(shop, covenv):
    # Python warns of it from 3.13 on.
    python = python_of((other_venvs() or [NEWEST])[-1])
    shop.write("drive.py", """
        from helpers import start

        process = start("killed.py", env={})
        process.kill()
        process.wait()
    """)
    (shop.folder / ".coveragerc").write_text("[run]\nparallel = true\nsource = .\n")
    report = shop.folder / "session.json"
    commands = f"{python} -m coverage run drive.py && {python} -X dev -m coverage combine"
    output = shop.run(covenv, "run", "--report", report, "--", "sh", "-c", commands, preload=False)
    rows = json.loads(report.read_text())["gain"]["largest"]
    assert rows and all("percents" in row for row in rows)
    assert "unclosed" not in output
