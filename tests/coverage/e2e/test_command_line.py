# SPDX-License-Identifier: MIT
"""What covenv says to a command line: each mistake begins with `covenv:`, names the word, and is 125."""

import json
import re
import shutil
import subprocess
import sys

import pytest

DEADLINE = 60


@pytest.fixture
def call(covenv, tmp_path):
    def run(*words, **options):
        return subprocess.run([covenv, *words], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE,
                              check=False, stdin=None if "input" in options else subprocess.DEVNULL, **options)
    return run


MISTAKES = {
    "rnu": "there is no command 'rnu'; did you mean 'run'?",
    "reprot": "there is no command 'reprot'; did you mean 'report'?",
    "ls": "there is no command 'ls'; to run that program, write `covenv run -- ls`",
    "qwertyuiop": "there is no command 'qwertyuiop' (`covenv help` lists the commands)",
    "--vresion": "there is no option '--vresion'; did you mean '--version'?",
    "run": "run needs a command, as in `covenv run -- pytest`",
    "run --quite -- touch ran": "run has no option '--quite'; did you mean '--quiet'?",
    "run --summary=no -- touch ran": "run has no option '--summary' (",
    "run -q touch ran": "run has no option '-q' (",
    "run --grace": "run: --grace needs a value, DURATION",
    "run --grace soon -- touch ran": "run: --grace: 'soon' makes no sense: write a duration",
    "run --log-level=erorr -- touch ran": "write debug, info, warning, error or off; did you mean 'error'?",
    "run --light=perhaps -- touch ran": "run: --light: 'perhaps' makes no sense: ",
    "run --report r.doc -- touch ran": "no form of report ends as r.doc does",
    "env --format githbu": "env: --format: 'githbu' makes no sense: ",
    "env more": "env: ",
    "report --format jsn": "write html, json, markdown, perfetto, summary or text; did you mean 'json'?",
    "report nix.json": "nix.json: No such file or directory; name a file that `covenv run --report FILE` has written",
    "doctor --jsn": "doctor has no option '--jsn'; did you mean '--json'?",
    "completion": "completion: shell is required",
    "completion zssh": "completion: 'zssh' makes no sense: write bash, zsh or fish; did you mean 'zsh'?",
    "help rnu": "help: 'rnu' makes no sense: write run, ",
    "man walk": "there is no command 'walk'",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_names_the_word_and_is_125(call, tmp_path, words):
    result = call(*words.split())
    assert (result.returncode, result.stdout) == (125, "")
    assert result.stderr.startswith("covenv: ")
    assert result.stderr.count("\n") == 1
    assert MISTAKES[words] in result.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("words", [["\x1b[31mred"], ["run", "--\x1b[2Jx"], ["report", "no\x1b\n.json"], ["run", "--", "\x1bno"]],
                         ids=["command", "option", "file", "program"])
def test_control_characters_are_shown_and_not_obeyed(call, words):
    result = call(*words)
    assert result.returncode in (125, 127)
    assert result.stderr.startswith("covenv: ") and "\\x1b" in result.stderr
    assert "\x1b" not in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("word", ["", "/tmp", "."])
def test_what_is_no_program_is_not_called_one(call, word):
    assert "to run that program" not in call(word).stderr


def test_options_behind_the_command_are_the_commands_own(call):
    assert call("run", "--quiet", "echo", "--vresion").stdout == "--vresion\n"


@pytest.mark.parametrize("argument", ['["a", "b"]', "[a,b]", "[x]", "[]", "", "-", "--", "a=b", "--quiet", "[", "a\nb"])
@pytest.mark.parametrize("options", [[], ["--quiet", "--grace", "2s"], ["--grace=2s", "--log-level", "off"]], ids=str)
@pytest.mark.parametrize("mark", [[], ["--"]], ids=str)
def test_the_command_gets_each_argument_as_typed(call, argument, options, mark):
    script = "import json, sys; print(json.dumps(sys.argv[1:]))"
    result = call("run", *options, *mark, sys.executable, "-c", script, argument, "last", argument)
    assert (json.loads(result.stdout), result.stderr) == ([argument, "last", argument], "")


def test_covenv_alone_shows_its_help_and_where_the_library_is(call, libcovenv):
    result = call()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(call("--help").stdout)
    assert result.stdout.endswith(f"Here: {libcovenv}; not below `covenv run`\n")


def test_covenv_alone_says_that_it_is_below_a_run(call, covenv):
    assert call("run", "--", covenv).stdout.endswith("; below `covenv run`\n")


def test_covenv_alone_says_that_there_is_no_library(covenv, tmp_path):
    lonely = shutil.copy(covenv, tmp_path)
    result = subprocess.run([lonely], capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert re.search("^Here: (no libcovenv.so was found|/usr/\\S+); ", result.stdout, re.MULTILINE)


def test_help_of_a_command_is_its_help(call):
    assert call("help").stdout == call("--help").stdout
    for command in "run", "doctor", "env", "report", "salvage", "completion", "man", "version":
        shown = call("help", command).stdout
        assert f"Usage: covenv {command}" in shown
        assert shown == call(command, "--help").stdout


def test_version(call):
    assert call("version").stdout == call("--version").stdout
    assert re.fullmatch(r"covenv \d+\.\d+\.\d+\n", call("version").stdout)


def test_all_commands_are_listed(call):
    listed = re.findall(r"^  (\w+) ", call("help").stdout.partition("Subcommands:")[2], re.MULTILINE)
    assert listed == ["run", "doctor", "env", "report", "salvage", "completion", "man", "help", "version"]


def test_a_report_from_standard_input(call, tmp_path):
    assert call("run", "--report", "r.json", "--", "true").returncode == 0
    text = (tmp_path / "r.json").read_text()
    shown = call("report", "-", "--format", "json", input=text)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert json.loads(shown.stdout) == json.loads(text)
    assert call("report", "-", input=text).stdout == call("report", "r.json").stdout


def test_a_standard_input_that_is_no_report(call):
    result = call("report", "-", input="{")
    assert result.returncode == 125
    assert result.stderr.startswith("covenv: standard input: ")


@pytest.mark.parametrize("name, value", [("on", "1"), ("off", "0"), ("1", "1"), ("0", "0")])
@pytest.mark.parametrize("setting", ["journal", "offer", "light"])
def test_a_switch_by_name(call, setting, name, value):
    lines = call("env", "--format", "dotenv", f"--{setting}={name}").stdout.splitlines()
    assert f"COVENV_{setting.upper()}={value}" in lines
