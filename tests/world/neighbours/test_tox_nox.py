# SPDX-License-Identifier: MIT
"""tox and nox, which start pytest with few variables of the user's, and without LD_PRELOAD."""

import pytest

SUITE = """
    import os, sys
    from helpers import start

    def test_it():
        assert sys.prefix != os.environ["PREFIX"]
        process = start("server.py")
        process.kill()
        assert process.wait() == -9
"""
PYTEST = "python -m pytest -p no:cacheprovider --cov --cov-report=json"

# A program that lends the packages of a folder, its argument, to the Python of an environment, so that no registry is
# needed.
LENDS = """
    import site, sys
    with open(site.getsitepackages()[0] + "/lent.pth", "w") as file:
        file.write(sys.argv[1])
"""


@pytest.fixture
def project(project):
    packages = project.run(project.python, "-c", "import site; print(site.getsitepackages()[0], end='')")
    project.write("lend.py", LENDS)
    project.write("tox.ini", f"""
        [testenv]
        skip_install = true
        set_env = PREFIX = {project.python.parent.parent}
        commands_pre = python lend.py {packages}
        commands = {PYTEST}
    """)
    project.write("noxfile.py", f"""
        import nox

        @nox.session
        def own(session):
            session.run("python", "lend.py", {packages!r})
            session.run(*{PYTEST.split()!r}, env={{"PREFIX": {str(project.python.parent.parent)!r}}})

        @nox.session(python=False)
        def shared(session):
            session.run({str(project.python)!r}, *{PYTEST.split()[1:]!r}, env={{"PREFIX": ""}})
    """)
    project.write("test_it.py", SUITE)
    return project


RUNS = {
    "tox": ["tox", "run", "-e", "py"],
    "tox_parallel": ["tox", "run-parallel", "-e", "py", "--parallel-no-spinner"],
    "nox": ["nox", "-s", "own"],
    "nox_of_the_same_python": ["nox", "-s", "shared"],
}


@pytest.mark.parametrize("command", RUNS)
def test_kept(project, command):
    assert report(project, command).kept("server.py")


@pytest.mark.parametrize("command", ["tox", "nox"])
def test_lost_without_the_library(project, command):
    assert not report(project, command, preload=False).kept("server.py")


def test_tox_behind_covenv(project, covenv):
    assert report(project, "tox", [covenv, "run", "--"], preload=False).kept("server.py")


def report(project, command, through=(), **options):
    """The Report of the suite that a key of RUNS has run."""
    program, *arguments = RUNS[command]
    own = {"VIRTUALENV_OVERRIDE_APP_DATA": str(project.folder / ".app-data")}
    return project.reported_by(*through, project.python.parent / program, *arguments, env=own, **options)
