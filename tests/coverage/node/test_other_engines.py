# SPDX-License-Identifier: MIT
"""Deno and Bun: as servers they end as they do without the library; as runners their kills keep what a Node has run."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from states import DRIVER, GRACE, NPM, PROGRAMS, counts, node

BIN = NPM / "node-tools" / "node_modules" / ".bin"
ENGINES = {"deno": [BIN / "deno", "run", "--allow-all"], "bun": [BIN / "bun"]}
SERVER = """
import fs from 'node:fs';
import { work } from './work.mjs';

let text = '';
process.stdin.on('data', chunk => {
  text += chunk;
  for (let end = text.indexOf('\\n'); end >= 0; end = text.indexOf('\\n')) {
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    if (line === 'exit') process.exit(3);
    if (line === 'abort') process.abort();
    fs.writeSync(1, `${work(Number(line))}\\n`);
  }
});
fs.writeSync(1, 'ready\\n');
"""
# As DRIVER, by the engine's own node:child_process.
RUNNER = """
import { spawn } from 'node:child_process';
import process from 'node:process';

const [, , signal, ...command] = process.argv;
const lines = ['7', '1', '27'];
const server = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
server.stdout.on('data', () => {
  if (lines.length !== 0) server.stdin.write(`${lines.shift()}\\n`);
  else if (signal === 'exit') server.stdin.write('exit\\n');
  else server.kill(signal);
});
server.on('exit', (...how) => console.log(JSON.stringify(how)));
"""


@pytest.fixture
def run(tmp_path):
    """run(name, library, command..., variables): what the command prints, and its folder."""

    def by(name, library, *command, **variables):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(PROGRAMS / "work.mjs", folder)
        (folder / "server.mjs").write_text(SERVER)
        (folder / "runner.mjs").write_text(RUNNER)
        ours = ("COV", "LD_PRELOAD", "NODE", "DENO")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        variables = {**clean, **GRACE, **{name: str(folder / value) for name, value in variables.items()}}
        done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=120,
                              env={**variables, **({"LD_PRELOAD": str(library)} if library else {})}, check=False)
        assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
        return done.stdout, folder

    return by


@pytest.mark.parametrize("end", ["9", "15", "2", "abort", "exit"])
@pytest.mark.parametrize("engine", ENGINES)
def test_server_ends_as_without_the_library(engine, end, run, libcovenv):
    """Deno writes at a normal end alone. Bun has coverage in `bun test` alone, and none of what that starts."""
    kept = {}
    for name, library in (("bare", None), ("preloaded", libcovenv)):
        variables = {"DENO_COVERAGE_DIR": "data"} if engine == "deno" else {"NODE_V8_COVERAGE": "data"}
        command = (sys.executable, "-c", DRIVER, end, *ENGINES[engine], "server.mjs")
        stdout, folder = run(name, library, *command, **variables)
        files = (folder / "data").rglob("*.json")
        of_work = [script for script in map(json.loads, (file.read_text() for file in files))
                   if script.get("url", "").endswith("/work.mjs")]
        kept[name] = stdout, [script["functions"] for script in of_work]
    assert kept["preloaded"] == kept["bare"]
    assert bool(kept["bare"][1]) == ((engine, end) == ("deno", "exit"))


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("engine", ENGINES)
def test_node_that_a_runner_kills(engine, signal, run, libcovenv):
    found = {}
    for name, how, library in (("normal", "exit", None), ("bare", signal, None), ("kept", signal, libcovenv)):
        command = (*ENGINES[engine], "runner.mjs", how, node(), "server.mjs")
        stdout, folder = run(name, library, *command, NODE_V8_COVERAGE="data")
        assert json.loads(stdout) == ([3, None] if how == "exit" else [None, signal])
        found[name] = counts(folder / "data", None)
    assert found["bare"] == {}
    assert found["kept"] == found["normal"] and any(found["normal"].values()) and not all(found["normal"].values())
