# SPDX-License-Identifier: MIT
"""The chains by which front ends test, and which kill a server: `covenv run -- npm test` beside `npm test`."""

import json
import os
import shutil
import socket
import subprocess

import pytest
from states import GRACE, NPM, PROGRAMS
from test_tools import is_ended, lines, wait_for_data

TOOLS = NPM / "node-tools" / "node_modules"
BIN, OLDER = TOOLS / ".bin", NPM / "node" / "node_modules" / ".bin"
SERVER = """
const { work } = require('./work.js');
require('node:http').createServer((_, response) => response.end(String(work(27)))).listen(PORT, '127.0.0.1');
"""
PLAYWRIGHT = """
module.exports = {
  testDir: '.', testMatch: 'browserless.spec.js', workers: 1, reporter: 'line',
  use: { baseURL: 'http://127.0.0.1:PORT' },
  webServer: { command: 'node http.js', url: 'http://127.0.0.1:PORT', reuseExistingServer: false },
};
"""
PLAYWRIGHT_TEST = """
const { test, expect } = require('MODULES/@playwright/test');
test('answers', async ({ request }) => { expect(await (await request.get('/')).text()).toMatch(/\\d+/); });
"""
# A test of a runner in JavaScript, whose server is its child.
SPAWNS = """
const { spawn } = require('node:child_process');
const http = require('node:http');
const ask = () => new Promise(resolve => {
  const again = () => setTimeout(() => ask().then(resolve), 20);
  http.get('http://127.0.0.1:PORT', response => { response.resume(); response.on('end', resolve); }).on('error', again);
});
test('answers', async () => {
  const server = spawn('node', ['http.js']);
  await ask();
  const ended = new Promise(resolve => server.on('exit', (code, signal) => resolve(signal)));
  server.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}, 60000);
"""


def start_server_and_test(folder, url):
    return f"{OLDER}/start-server-and-test 'node http.js' {url} true"


def concurrently(folder, url):
    return f"{BIN}/concurrently --kill-others --success first '{BIN}/wait-on {url}' 'node http.js'"


def playwright(folder, url):
    port = url.rpartition(":")[2]
    (folder / "playwright.config.js").write_text(PLAYWRIGHT.replace("PORT", port))
    (folder / "browserless.spec.js").write_text(PLAYWRIGHT_TEST.replace("MODULES", str(TOOLS)))
    return f"{BIN}/playwright test"


def vitest(folder, url):
    (folder / "node_modules").symlink_to(TOOLS)
    (folder / "server.test.cjs").write_text(SPAWNS.replace("PORT", url.rpartition(":")[2]))
    coverage = "--coverage --coverage.reportsDirectory=own --coverage.reporter=json"
    return f"{BIN}/vitest run --globals {coverage} --dir . server.test.cjs"


def jest(folder, url):
    (folder / "server.test.js").write_text(SPAWNS.replace("PORT", url.rpartition(":")[2]))
    coverage = "--coverage --coverageProvider=v8 --coverageDirectory=own --coverageReporters=json"
    return f"{BIN}/jest {coverage} --rootDir=. server.test.js"


CHAINS = {chain.__name__: chain for chain in (start_server_and_test, concurrently, playwright, vitest, jest)}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def run_npm_test(chain, folder, wrapper, measure):
    """Runs the chain, with `measure` before it, as `npm test` below the wrapper."""
    shutil.copytree(PROGRAMS, folder)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (folder / "http.js").write_text(SERVER.replace("PORT", str(port)))
    script = measure + CHAINS[chain](folder, url)
    (folder / "package.json").write_text(json.dumps({"scripts": {"test": script}}))
    ours = ("COV", "LD_PRELOAD", "NODE", "NYC", "npm_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run([*wrapper, "npm", "test"], cwd=folder, env={**clean, **GRACE, "NODE_NO_WARNINGS": "1"},
                          capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert is_ended(port)


def lines_by_c8(chain, folder, wrapper):
    run_npm_test(chain, folder, wrapper, f"{OLDER}/c8 --reporter=json -- ")
    if wrapper:
        # The chain may wait for no end of its server.
        wait_for_data(folder, "work.js")
    report = [OLDER / "c8", "report", "--reporter=json"]
    done = subprocess.run(report, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return lines(folder)


@pytest.mark.parametrize("chain", CHAINS)
def test_server_of_a_chain(chain, tmp_path, covenv):
    bare = lines_by_c8(chain, tmp_path / "bare", [])
    kept = lines_by_c8(chain, tmp_path / "kept", [covenv, "run", "--"])
    assert "work.js" not in bare
    assert set(kept["work.js"].values()) == {True, False}


@pytest.mark.parametrize("chain", ["vitest", "jest"])
def test_without_c8_a_runner_measures_itself_alone(chain, tmp_path, covenv):
    """Vitest and Jest ask V8 in their own processes, so that no variable tells a child to measure."""
    for name, wrapper in (("bare", []), ("below", [covenv, "run", "--"])):
        run_npm_test(chain, tmp_path / name, wrapper, "")
        report = json.loads((tmp_path / name / "own" / "coverage-final.json").read_text())
        assert not [path for path in report if path.endswith("work.js")]
