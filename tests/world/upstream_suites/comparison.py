# SPDX-License-Identifier: MIT
"""Runs a suite without and with the library, and returns the verdicts that differ."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from suite import WHOLE

RCFILE = Path(__file__).with_name("coveragerc")
REPEATS = 3


class Comparison:
    """Runs of one suite in one of its modes. Their output goes to files in the folder `logs`.

    `preloads` has two paths: the library of the run without libcovenv.so (or None), and libcovenv.so. `path` is PATH.
    """

    def __init__(self, suite, mode, preloads, path, logs):
        self._suite = suite
        self._mode = mode
        self._preloads = dict(zip(("bare", "shim"), preloads, strict=True))
        self._path = path
        self._logs = logs
        self._runs = 0

    def both(self, only=()):
        """[verdicts without the library, verdicts with it], each name -> verdict, of the tests `only` or of all."""
        self._runs += 1
        with ThreadPoolExecutor(1 if self._suite.is_exclusive else 2) as pool:
            return list(pool.map(lambda run: self._run(run, only), self._preloads))

    def lasting(self, bare, shim):
        """The tests that differ in each repetition: name -> (verdict without, verdict with the library).

        A test is repeated without the others, or else in a second whole run. Tests that are late under load, or lose a
        race now and then, differ only once. Tests of the suite's `differs` and `races` are left out.
        """
        left_out = {*self._suite.differs, *self._suite.races}
        suspects = {name: pair for name, pair in differences(bare, shim).items() if name not in left_out}
        alone = {name: pair for name, pair in suspects.items() if name != WHOLE}
        for _ in range(REPEATS):
            if alone:
                alone = in_both(alone, differences(*self.both(list(alone))))
        if alone.keys() == suspects.keys():
            return alone
        # A test that passes alone may fail in a whole run, because of what another test has left.
        return alone | in_both(suspects, differences(*self.both()))

    def _run(self, run, only):
        # The path is short, because tests make sockets below, whose names hold 108 bytes.
        folder = Path(tempfile.mkdtemp(prefix="fo"))
        try:
            return self._run_in(folder, run, only)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run_in(self, folder, name, only):
        work, data, temporary = (folder / name for name in ("work", "data", "tmp"))
        for path in (work, data, temporary):
            path.mkdir()
        self._suite.prepare(work)
        environment = {"PATH": self._path, "HOME": str(folder), "LANG": "C.UTF-8", "TMPDIR": str(temporary)}
        if self._mode == "measured":
            environment |= {"COVERAGE_PROCESS_START": str(RCFILE), "FOREIGN_DATA": str(data)}
        elif self._mode == "carried":
            environment |= {"COV_FOREIGN": "carried"}
        if self._preloads[name]:
            environment["LD_PRELOAD"] = str(self._preloads[name])
        is_measured = self._mode == "measured"
        command = [*map(str, self._suite.command(is_measured, only))]
        log = self._logs / f"{self._runs}-{name}.log"
        status = run(command, environment, work, log, self._suite.deadline)
        assert not is_measured or any(data.iterdir()), f"nothing was measured: {log}"
        return self._suite.verdicts(work, log.read_text(errors="replace"), status)


def run(command, environment, folder, log, deadline):
    """The exit status of a command, or None if it was killed after `deadline` seconds. `log` gets its output."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return process.wait(timeout=deadline)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def differences(bare, shim):
    """name -> (verdict in `bare`, verdict in `shim`) of the tests whose verdicts differ; None stands for no verdict."""
    return {name: (bare.get(name), shim.get(name)) for name in bare.keys() | shim.keys() if bare.get(name) != shim.get(name)}


def in_both(one, other):
    """The differences that are the same in both."""
    return {name: pair for name, pair in one.items() if other.get(name) == pair}
