# SPDX-License-Identifier: MIT
"""The tools that people measure Node with report of a killed server what they report of one that ended."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from states import DRIVER, GRACE, NPM, PROGRAMS, node

BIN = NPM / "node" / "node_modules" / ".bin"

TYPED = """
interface Amount { readonly value: number }

function never(amount: Amount): string {
  return `never ${amount.value}`;
}

function work(amount: Amount): number {
  let sum: number = 0;
  for (let number = 0; number < amount.value; ++number) {
    sum += number;
  }
  return sum;
}

let text: string = "";
process.stdin.on("data", (chunk: Buffer) => {
  text += chunk;
  for (let end = text.indexOf("\\n"); end >= 0; end = text.indexOf("\\n")) {
    const line: string = text.slice(0, end);
    text = text.slice(end + 1);
    if (line === "exit") process.exit(3);
    console.log(work({ value: Number(line) }));
  }
});
console.log("ready");
export { never };
"""


def run(command, folder, library=None, **variables):
    ours = ("COV", "LD_PRELOAD", "NODE", "NYC")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if library:
        variables["LD_PRELOAD"] = str(library)
    return subprocess.run([str(word) for word in command], cwd=folder, env={**clean, **GRACE, **variables},
                          capture_output=True, text=True, timeout=120, check=False)


def copied(folder):
    shutil.copytree(PROGRAMS, folder)
    return folder


def lines(folder):
    """{file name: {line: is it covered}}, of the coverage-final.json that both tools write. By statements."""
    found = {}
    for path, file in json.loads((folder / "coverage" / "coverage-final.json").read_text()).items():
        found[os.path.basename(path)] = {
            place["start"]["line"]: file["s"][key] > 0 for key, place in file["statementMap"].items()}
    return found


def by_c8(folder, end, library, *server):
    done = run([BIN / "c8", "--reporter=json", "--", sys.executable, "-c", DRIVER, end, *server], folder, library)
    assert done.returncode == 0, done.stdout + done.stderr
    return done, lines(folder)


def is_ended(port):
    """Whether nothing answers on the port, at the latest when the deadline is over."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) != 0:
                return True
    return False


def wait_for_data(folder, name):
    deadline = time.monotonic() + 60
    while not any(name in file.read_text() for file in (folder / "coverage" / "tmp").glob("*.json")):
        assert time.monotonic() < deadline, "no data"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [9, 15])
def test_c8(number, tmp_path, libcovenv):
    _, normal = by_c8(copied(tmp_path / "normal"), "exit", None, node(), "server.js")
    _, bare = by_c8(copied(tmp_path / "bare"), number, None, node(), "server.js")
    done, kept = by_c8(copied(tmp_path / "kept"), number, libcovenv, node(), "server.js")
    assert done.stdout.splitlines()[0] == str(-number)
    assert bare == {}
    assert kept["work.js"] == normal["work.js"] and set(kept["work.js"].values()) == {True, False}


def test_typescript_by_tsx(tmp_path, libcovenv):
    found = {}
    for name, end, library in (("normal", "exit", None), ("kept", 9, libcovenv)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "server.ts").write_text(TYPED)
        # The loader alone, because the command `tsx` is a process between, and it is killed then.
        loader = (NPM / "node" / "node_modules" / "tsx" / "dist" / "loader.mjs").as_uri()
        _, found[name] = by_c8(folder, end, library, node(), f"--import={loader}", "server.ts")
    assert found["kept"]["server.ts"] == found["normal"]["server.ts"]
    assert found["kept"]["server.ts"][5] is False and found["kept"]["server.ts"][9] is True


@pytest.mark.parametrize("state", ["idle", "busy", "vm"])
def test_nyc(state, tmp_path, libcovenv):
    found = {}
    driver = DRIVER.replace('"27")', f'"27"{"" if state == "idle" else f", {state!r}"})')
    for name, end, library in (("normal", "exit", None), ("bare", 9, None), ("kept", 9, libcovenv)):
        folder = copied(tmp_path / name)
        its = DRIVER if name == "normal" else driver
        tool = [BIN / "nyc", "--reporter=json", sys.executable, "-c"]
        done = run([*tool, its, end, node(), "server.js"], folder, library)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[0] == ("3" if name == "normal" else "-9")
        found[name] = lines(folder)
    assert found["bare"] == {}
    assert found["kept"]["work.js"] == found["normal"]["work.js"]
    assert set(found["kept"]["work.js"].values()) == {True, False}


def test_start_server_and_test(tmp_path, libcovenv):
    """The usual chain: c8, start-server-and-test, a shell and the server, which is ended when the test is done."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = {}
    for name, library in (("bare", None), ("kept", libcovenv)):
        folder = copied(tmp_path / name)
        (folder / "http.js").write_text(f"""
const {{ work }} = require('./work.js');
require('node:http').createServer((_, response) => response.end(String(work(27)))).listen({port}, '127.0.0.1');
""")
        chain = [BIN / "start-server-and-test", f"{node()} http.js", f"http://127.0.0.1:{port}", "true"]
        done = run([BIN / "c8", "--reporter=json", *chain], folder, library)
        assert done.returncode == 0, done.stdout + done.stderr
        # The chain sends SIGINT and SIGTERM, and waits for no end: see the limits in shim/README.md.
        assert is_ended(port)
        if library:
            wait_for_data(folder, "work.js")
        done = run([BIN / "c8", "report", "--reporter=json"], folder)
        assert done.returncode == 0, done.stdout + done.stderr
        found[name] = lines(folder)
    assert "work.js" not in found["bare"]
    assert set(found["kept"]["work.js"].values()) == {True, False}
