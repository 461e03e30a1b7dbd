# SPDX-License-Identifier: MIT
"""A wheel's build makes one unit of many sources: names that no other build brings together do not clash.

The wheel itself is built with `--full` alone, because that takes minutes.
"""

import json
import shlex
import subprocess

from conftest import ROOT


def run(*command, **options):
    done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **options)
    assert done.returncode == 0, done.stdout


def test_the_sources_of_the_programs_compile_as_one_unit(tmp_path):
    run("cmake", "-S", ROOT, "-B", tmp_path, "-G", "Ninja", "-DSKBUILD=ON", "-DCMAKE_BUILD_TYPE=Release",
        "-DCOVENV_BUILD_TESTS=OFF", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    units = [unit for unit in json.loads((tmp_path / "compile_commands.json").read_text())
             if "covenv_cli.dir/Unity" in unit["file"] or "sigforward.dir/Unity" in unit["file"]]
    assert len(units) == 2
    for unit in units:
        run(*shlex.split(unit["command"]), "-fsyntax-only", cwd=unit["directory"])
