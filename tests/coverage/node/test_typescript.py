# SPDX-License-Identifier: MIT
"""A server in TypeScript, killed: c8 reports the lines of the .ts file that it reports after a normal end."""

import json
import subprocess

import pytest
from states import NPM, node
from test_tools import TYPED, by_c8

MODULES = NPM / "node-tools" / "node_modules"
SETTINGS = {
    "compilerOptions": {"module": "commonjs", "target": "es2022", "sourceMap": True, "types": ["node"], "strict": True,
                        "typeRoots": [str(MODULES / "@types")], "ignoreDeprecations": "5.0"},
    "files": ["server.ts"],
}


def compiled(folder):
    command = [MODULES / ".bin" / "tsc", "--project", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return [node(), "server.js"]


def stripped(version, *flags):
    def command(folder):
        (folder / "package.json").write_text('{"type": "module"}')
        return [node(version), *flags, "server.ts"]

    return command


WAYS = {
    "tsc": compiled,
    "ts-node": lambda _: [node(), "-r", MODULES / "ts-node" / "register", "server.ts"],
    "the command ts-node": lambda _: [node(), MODULES / "ts-node" / "dist" / "bin.js", "server.ts"],
    "Node 22": stripped("22", "--experimental-strip-types", "--no-warnings"),
    "Node 24": stripped("24"),
}


@pytest.mark.parametrize("number", [9, 15])
@pytest.mark.parametrize("way", WAYS)
def test_lines_of_the_source(way, number, tmp_path, libcovenv):
    found = {}
    for name, end, library in (("normal", "exit", None), ("bare", number, None), ("kept", number, libcovenv)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "server.ts").write_text(TYPED)
        (folder / "tsconfig.json").write_text(json.dumps(SETTINGS))
        done, found[name] = by_c8(folder, end, library, *WAYS[way](folder))
        assert done.stdout.splitlines()[0] == ("3" if end == "exit" else str(-end))
    assert found["bare"] == {}
    assert found["kept"] == found["normal"]
    assert found["kept"]["server.ts"][5] is False and found["kept"]["server.ts"][9] is True
