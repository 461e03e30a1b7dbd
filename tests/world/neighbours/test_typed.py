# SPDX-License-Identifier: MIT
"""Programs that users type before the runner, and that preload a library of their own (faketime, fakeroot, ...)."""

import pytest

PROOFS = {
    ("faketime", "2001-02-03 04:05:06"): "import time; assert time.localtime().tm_year == 2001",
    ("fakeroot",): "import os; os.chown('owned', 4321, 4321); assert os.stat('owned').st_uid == 4321",
    ("fakechroot",): "import os; assert os.environ['FAKECHROOT'] == 'true'",
    ("eatmydata",): "import os; os.fsync(os.pipe()[0])",
    ("stdbuf", "-oL"): "import os; assert os.environ['_STDBUF_O'] == 'L'",
}


@pytest.fixture(params=PROOFS, ids=lambda program: program[0])
def program(request, project):
    project.write("owned", "")
    project.write("test_it.py", f"""
        from helpers import start

        def test_it():
            {PROOFS[request.param]}
            process = start("server.py")
            process.kill()
            assert process.wait() == -9
    """)
    return request.param


def test_between_the_preload_and_pytest(project, program):
    assert project.pytest(through=program).kept("server.py")


def test_behind_covenv(project, covenv, program):
    assert project.pytest(through=[covenv, "run", "--", *program], preload=False).kept("server.py")


def test_before_covenv(project, covenv, program):
    assert project.pytest(through=[*program, covenv, "run", "--"], preload=False).kept("server.py")


def test_without_the_library(project, program):
    assert not project.pytest(through=program, preload=False).kept("server.py")
