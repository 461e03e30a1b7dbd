# SPDX-License-Identifier: MIT
"""`pytest --covenv` below the tools by which users start pytest, from PyPI, with a wheel of this build."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from built_wheel import make_wheel
from shop import copy_shop

PYTEST = "pytest -p no:cacheprovider --covenv --cov=. --cov-report=json"
FILES = {
    "tox": {
        "tox.ini": f"""
        [testenv]
        skip_install = true
        deps =
          covenv
          pytest-cov
        commands = {PYTEST}
    """
    },
    "nox": {
        "noxfile.py": f"""
        import nox

        @nox.session
        def tests(session):
            session.install("covenv", "pytest-cov")
            session.run(*{PYTEST.split()})
    """
    },
    "hatch": {
        "pyproject.toml": f"""
        [project]
        name = "shop"
        version = "1"
        [tool.hatch.envs.test]
        skip-install = true
        dependencies = ["covenv", "pytest-cov"]
        [tool.hatch.envs.test.scripts]
        tests = "{PYTEST}"
    """
    },
    "uv": {},
}
COMMANDS = {
    "tox": ["tox", "run", "-e", "py"],
    "nox": ["nox", "-s", "tests"],
    "hatch": ["hatch", "run", "test:tests"],
    "uv": ["uv", "run", "--no-project", "--with", "covenv", "--with", "pytest-cov", *PYTEST.split()],
}


def run(*command, **options):
    return subprocess.run(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=570,
        check=False,
        **options,
    )


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    """The programs of an environment that has all of the tools."""
    folder = tmp_path_factory.mktemp("tools")
    run(sys.executable, "-m", "venv", folder)
    done = run(
        folder / "bin" / "pip",
        "install",
        "--quiet",
        "tox",
        "nox",
        "hatch",
        "uv",
        "pytest-cov",
        "pytest-timeout",
        "pytest",
    )
    assert done.returncode == 0, done.stdout
    return folder / "bin"


@pytest.fixture
def shop(tmp_path):
    return copy_shop(tmp_path / "shop")


@pytest.fixture
def variables(tmp_path, tools, covenv, sigforward, libcovenv):
    wheel = make_wheel(tmp_path, covenv, sigforward, libcovenv)
    constraint = tmp_path / "constraint.txt"
    constraint.write_text(f"covenv @ {wheel.as_uri()}\n")
    (tmp_path / "home").mkdir()
    theirs = ("COV", "PYTEST", "PIP", "PYTHON", "LD_PRELOAD", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(theirs)} | {
        "PATH": f"{tools}:{os.defpath}",
        "HOME": str(tmp_path / "home"),
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_CONSTRAINT": str(constraint),
        "UV_FIND_LINKS": str(tmp_path),
        "UV_CONSTRAINT": str(constraint),
        "UV_PYTHON": sys.executable,
        "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
    }


@pytest.mark.parametrize("tool", COMMANDS)
def test_the_shop_is_kept(shop, variables, tool):
    for name, text in FILES[tool].items():
        (shop / name).write_text("\n".join(line[8:] for line in text.strip("\n").splitlines()))
    if "pyproject.toml" in FILES[tool]:
        tomllib.loads((shop / "pyproject.toml").read_text())
    result = run(*COMMANDS[tool], cwd=shop, env=variables)
    assert result.returncode == 0, result.stdout
    assert "nothing lost: " in result.stdout
    report = json.loads((shop / "coverage.json").read_text())
    assert report["files"]["server.py"]["summary"]["percent_covered"] >= 95


def test_pytest_timeouts_thread_method_has_the_summary(tmp_path, shop, tools, variables):
    done = run(tools / "pip", "install", "--quiet", "--no-deps", "covenv", env=variables)
    assert done.returncode == 0, done.stdout
    (shop / "test_hangs.py").write_text("import threading\ndef test_it(): threading.Event().wait()\n")
    result = run(
        tools / "python",
        "-m",
        "pytest",
        "--covenv",
        "--cov=.",
        "--timeout=1",
        "--timeout-method=thread",
        "test_hangs.py",
        cwd=shop,
        env=variables,
    )
    assert result.returncode == 1 and "Timeout" in result.stdout, result.stdout
    assert result.stdout.count("covenv: nothing lost: 1 process, 1 measured") == 1
