# SPDX-License-Identifier: MIT
"""coverage.py's own tests that start processes, from its source distribution, against the coverage that is installed."""

import re
import shutil
import subprocess

from suite import WHOLE, Suite

FILES = ("api", "cmdline", "concurrency", "core", "data", "oddball", "plugins", "process", "venv")
LINE = re.compile(r"^\[gw\d+\] \[ *\d+%\] (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (tests/.*?)(?: <- .*)?\s*$", re.M)
LOST = "A suite that asserts that coverage is lost sees it kept"
COUNTED = "One that counts data files may find more"


class CoveragePy(Suite):
    name = "coverage.py"
    differs = {
        "tests/test_concurrency.py::SigtermTest::test_sigterm_multiprocessing_saves_data[False]": LOST,
        "tests/test_process.py::ProcessTest::test_os_exit[False]": LOST,
        "tests/test_process.py::ProcessTest::test_save_signal_usr1": LOST,
        "tests/test_concurrency.py::MultiprocessingTest::test_multiprocessing_append[spawn]": COUNTED,
        "tests/test_concurrency.py::MultiprocessingTest::test_multiprocessing_simple[spawn]": COUNTED,
    }

    def __init__(self, source, python):
        self._source = source
        self._python = python

    def prepare(self, folder):
        shutil.copytree(self._source, folder, dirs_exist_ok=True)
        subprocess.run([self._python, "tools/igor.py", "zip_mods"], cwd=folder, check=True, timeout=60)
        # Removed, because it would hide the package that is installed, which has its C tracer.
        shutil.rmtree(folder / "coverage")

    def command(self, is_measured, only=()):
        tests = only or [f"tests/test_{name}.py" for name in FILES]
        return [
            *("env", "COVERAGE_TESTING=True", "COVERAGE_CORE=ctrace", "COVERAGE_TEST_NO_NETWORK=1"),
            *(self._python, "-m", "pytest", "-n", "2", "-vv", *tests),
        ]

    def verdicts(self, folder, output, status):
        found = {}
        if status not in (0, 1):
            found[WHOLE] = f"exit {status}"
        for verdict, name in LINE.findall(output):
            # A test has two verdicts if it passes and then fails in its tear-down.
            found[name] = f"{found[name]}, {verdict}" if name in found else verdict
        return found
