# SPDX-License-Identifier: MIT
"""The runner's own environment stays as it is. A child lacks the variables that the runner has removed on purpose."""

import json

import pytest

pytestmark = pytest.mark.each_stack

# A child that prints the coverage variables of its environment.
SHOW = """
    import os
    print([name for name in os.environ if name.startswith(("COV_CORE", "COVERAGE_PROCESS"))])
"""


def test_a_removed_variable_stays_removed(small):
    small.set_variables()
    small.write("show.py", SHOW)
    small.write("test_it.py", """
        import os, subprocess, sys
        import pytest

        @pytest.mark.parametrize("env", [None, {}])
        def test_it(env):
            removed = {name: os.environ.pop(name) for name in list(os.environ)
                       if name.startswith(("COV_CORE", "COVERAGE_PROCESS"))}
            assert removed
            try:
                assert subprocess.check_output([sys.executable, "show.py"], env=env) == b"[]\\n"
            finally:
                os.environ.update(removed)
    """)
    small.pytest()


def test_a_variable_that_came_back_is_carried_again(small):
    small.set_variables()
    small.write("test_it.py", """
        import os, subprocess, sys

        def test_it():
            removed = {name: os.environ.pop(name) for name in list(os.environ)
                       if name.startswith(("COV_CORE", "COVERAGE_PROCESS"))}
            subprocess.run([sys.executable, "-c", ""], env={}, check=True)
            os.environ.update(removed)
            subprocess.run([sys.executable, "job.py"], env={}, check=True)
    """)
    assert small.pytest().kept("job.py")


def test_an_emptied_environment_is_no_wish(small):
    small.write("test_it.py", """
        import os, subprocess, sys
        from unittest import mock

        def test_it():
            with mock.patch.dict(os.environ, {"SHOP_CURRENCY": "EUR"}, clear=True):
                subprocess.run([sys.executable, "job.py"], env=None, check=True)
    """)
    assert small.pytest().kept("job.py")


def test_an_empty_value_is_an_opt_out(small):
    small.write("test_it.py", """
        import subprocess, sys

        def test_it():
            env = {"COV_CORE_SOURCE": "", "COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""}
            run = subprocess.run([sys.executable, "job.py"], env=env, capture_output=True)
            assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    """)
    assert small.pytest().percent("job.py") == 0


def test_the_runner_sees_its_own_environment(small, libcovenv):
    small.write("test_it.py", """
        import json, os, subprocess, sys

        def test_it():
            subprocess.run([sys.executable, "job.py"], env={}, check=True)
            with open("environ.json", "w") as file:
                json.dump(dict(os.environ), file)
    """)

    def environ(preload):
        small.pytest(preload=preload)
        return json.loads((small.folder / "environ.json").read_text())

    bare, preloaded = environ(False), environ(True)
    assert preloaded.pop("LD_PRELOAD") == str(libcovenv)
    assert preloaded == bare


def test_a_child_has_what_it_was_given_first_and_in_its_order(small):
    small.write("show.py", """
        import os
        print(list(os.environ))
    """)
    small.write("test_it.py", """
        import ast, subprocess, sys

        def test_it():
            env = {"ZEBRA": "1", "APPLE": "2", "LC_ALL": "C", "HOME": "/"}
            names = ast.literal_eval(subprocess.check_output([sys.executable, "show.py"], env=env, text=True))
            assert names[:4] == list(env)
            assert names.count("LD_PRELOAD") == 1
    """)
    small.pytest()
