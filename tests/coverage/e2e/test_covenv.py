# SPDX-License-Identifier: MIT
"""`covenv run` looks like the command that it runs. Its own words are one line, and its own failures one status."""

import os
import shutil
import subprocess

import pytest


def run(*command, env={}):
    return subprocess.run(
        [*map(str, command)], env={"PATH": os.environ["PATH"]} | env, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("status", [0, 7, 255])
def test_the_status_is_the_commands(covenv, status):
    result = run(covenv, "run", "--", "sh", "-c", f"exit {status}")
    assert (result.returncode, result.stderr) == (status, "")


def test_the_signal_is_the_commands(covenv):
    assert run(covenv, "run", "--", "sh", "-c", "kill -TERM $$").returncode == -15


def test_options_of_the_command_are_the_commands(covenv):
    assert run(covenv, "run", "--", "echo", "--version", "-x").stdout == "--version -x\n"


def test_the_library_is_preloaded_beside_others(covenv, libcovenv):
    result = run(covenv, "run", "--", "printenv", "LD_PRELOAD", env={"LD_PRELOAD": "libdl.so.2"})
    assert result.stdout == f"libdl.so.2:{libcovenv}\n"


def test_the_installed_library_is_found(covenv, libcovenv, tmp_path):
    for folder, file in ("bin", covenv), ("lib", libcovenv):
        (tmp_path / folder).mkdir()
        shutil.copy(file, tmp_path / folder)
    result = run(tmp_path / "bin" / "covenv", "run", "--", "printenv", "LD_PRELOAD")
    assert result.stdout == f"{tmp_path}/lib/libcovenv.so\n"


def test_not_found(covenv):
    result = run(covenv, "run", "--", "no-such-program")
    assert (result.returncode, result.stdout) == (127, "")
    assert result.stderr.startswith("covenv: 'no-such-program' was not found: install it")


def test_not_executable(covenv, tmp_path):
    result = run(covenv, "run", "--", tmp_path)
    assert result.returncode == 126
    assert result.stderr.startswith(f"covenv: cannot execute '{tmp_path}': Permission denied")


@pytest.mark.parametrize("setting", ["COVENV_GRACE=soon", "COVENV_KILL=never", "COVENV_SIGNALS=KILL", "COVENV_GRACES=1s"])
def test_a_malformed_setting_is_one_line_and_no_failure(covenv, setting):
    name, value = setting.split("=")
    result = run(covenv, "run", "--", "true", env={name: value})
    assert result.returncode == 0
    assert result.stderr.startswith(f"covenv: {setting} makes no sense and is not used: ")
    assert result.stderr.count("\n") == 1


def test_a_malformed_setting_is_no_word_from_the_library(libcovenv):
    result = run("sh", "-c", ":", env={"LD_PRELOAD": str(libcovenv), "COVENV_GRACE": "soon"})
    assert (result.returncode, result.stderr) == (0, "")


def test_version_and_help(covenv):
    assert run(covenv, "--version").stdout.startswith("covenv ")
    text = run(covenv, "--help").stdout
    assert "125" in text and "run" in text
