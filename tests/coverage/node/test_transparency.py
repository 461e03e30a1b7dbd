# SPDX-License-Identifier: MIT
"""A Node that measures sees of itself what it sees without the library, but for what the documents name."""

import json
import os
import subprocess

import pytest
from states import node

SEEN = """
const fs = require('node:fs');
const heard = [];
process.on('SIGURG', () => heard.push('SIGURG'));
const listed = process.listenerCount('SIGURG');
process.kill(process.pid, 'SIGURG');
const wait = setInterval(() => {
  if (heard.length === 0) return;
  clearInterval(wait);
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  console.log(JSON.stringify({
    heard,
    listed,
    threads: /Threads:\\s*(\\d+)/.exec(status)[1],
    blocked: /SigBlk:\\s*(\\w+)/.exec(status)[1],
    ignored: /SigIgn:\\s*(\\w+)/.exec(status)[1],
    descriptors: fs.readdirSync('/proc/self/fd').length,
    names: Object.getOwnPropertyNames(globalThis).sort(),
    process: Object.getOwnPropertyNames(process).sort(),
    arguments: [process.argv.length, process.execArgv, process.title],
    events: process.eventNames().map(String).sort(),
    modules: Object.keys(require.cache).length,
    exit: process.exitCode ?? null,
  }));
}, 1);
"""


def seen(folder, script, library):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    if library:
        clean["LD_PRELOAD"] = str(library)
    (folder / "seen.js").write_text(script)
    done = subprocess.run([node(), "seen.js"], cwd=folder, env={**clean, "NODE_V8_COVERAGE": str(folder / "data")},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_program_sees_what_it_sees_without_the_library(tmp_path, libcovenv):
    bare = seen(tmp_path, SEEN, None)
    assert json.loads(bare[0])["heard"] == ["SIGURG"]
    assert seen(tmp_path, SEEN, libcovenv) == bare


@pytest.mark.parametrize("handler", ["process.on('exit', () => fs.writeSync(2, 'exit'))",
                                     "process.on('beforeExit', () => fs.writeSync(2, 'beforeExit'))",
                                     "setInterval(() => fs.writeSync(2, 'line'), 0)"])
def test_no_line_runs_between_the_ask_and_the_death(handler, tmp_path, libcovenv):
    """The killed program waits at the kill, so a line of it that runs afterwards is one too many."""
    script = f"""
const fs = require('node:fs');
const {{ spawnSync, execFileSync }} = require('node:child_process');
const child = `
const fs = require('node:fs');
{handler.replace("fs.writeSync(2", "globalThis.late && fs.writeSync(2")};
fs.writeSync(1, 'ready');
globalThis.late = true;
require('node:fs').readSync(0, Buffer.alloc(1));
fs.writeSync(2, 'after');
`;
const {{ spawn }} = require('node:child_process');
const server = spawn(process.execPath, ['-e', child], {{ stdio: ['pipe', 'pipe', 'inherit'] }});
server.stdout.once('data', () => server.kill('SIGKILL'));
server.on('exit', (code, signal) => console.log(signal));
"""
    assert seen(tmp_path, script, libcovenv) == ("SIGKILL\n", "")


ABORT = "process.abort()"
# The addresses and names of files that Node tells differ from run to run.
ABORTS = """
const {{ spawnSync }} = require('node:child_process');
const done = spawnSync(process.execPath, ['-e', `{}`], {{ encoding: 'utf8' }});
const told = done.stderr.replace(/0x[0-9a-f]+|\\[\\d+\\]|coverage-[-\\d]+/g, '').split('\\n').sort();
console.log(done.signal, done.stdout, told.join('\\n'));
"""


@pytest.mark.parametrize("script", [ABORT, f"process.on('SIGABRT', () => console.log('heard')); {ABORT}",
                                    f"process.on('exit', () => console.log('exit')); {ABORT}",
                                    f"try {{ {ABORT} }} finally {{ console.log('finally') }}",
                                    f"require('fs').closeSync(2); {ABORT}"])
@pytest.mark.parametrize("is_writable", [True, False])
def test_an_abort_shows_what_it_shows_without_the_library(script, is_writable, tmp_path, libcovenv):
    if not is_writable:
        (tmp_path / "data").touch()
    bare = seen(tmp_path, ABORTS.format(script), None)
    assert bare[0].startswith("SIGABRT")
    stdout, stderr = seen(tmp_path, ABORTS.format(script), libcovenv)
    assert stdout == bare[0]
    assert len(stderr.splitlines()) == len(bare[1].splitlines()) == (not is_writable), "the parent's own"


def test_a_folder_that_cannot_be_written_is_not_told_to_the_suite(tmp_path, libcovenv):
    (tmp_path / "data").touch()
    script = """
const { spawn } = require('node:child_process');
const waits = "console.log(1); setInterval(() => {}, 1000)";
const server = spawn(process.execPath, ['-e', waits], { stdio: ['pipe', 'pipe', 'inherit'] });
server.stdout.once('data', () => server.kill('SIGKILL'));
server.on("exit", (code, signal) => console.log(signal));
"""
    stdout, stderr = seen(tmp_path, script, libcovenv)
    assert stdout == "SIGKILL\n"
    assert len(stderr.splitlines()) == len(seen(tmp_path, script, None)[1].splitlines()) == 1, "the killer's own"
