# SPDX-License-Identifier: MIT
"""The output of `covenv env`, read by each format's own reader. The values are COVENV_CARRY's, which takes any text."""

import json
import os
import shutil
import subprocess

import pytest
from user_project import python_of

NASTY = [
    "",
    " ",
    "it's",
    'say "hello"',
    "$HOME ${HOME} $(id) `id`",
    "back\\slash \\n \\' \\\" \\",
    "two\nlines",
    "\nthree\n\n",
    "carriage\rreturn",
    "tab\tend ",
    "ümlaut 😀 \u2028 \u0085",
    "# ! * ? [a] ~ & ; | < > % = << {b} - : @",
    "COVENV_END\nCOVENV_END_",
    "$$",
]
DUMP = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k == 'COVENV_CARRY'}))"
# (shell, format of `covenv env`): all but fish read the format "sh".
SHELLS = [("sh", "sh"), ("dash", "sh"), ("bash", "sh"), ("zsh", "sh"), ("busybox", "sh"), ("fish", "fish")]


@pytest.fixture
def run(covenv, tmp_path):
    def run(*command, env={}, **options):
        variables = {"PATH": f"{covenv.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"} | env
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": variables, "timeout": 60} | options
        result = subprocess.run([*map(str, command)], **options)
        # Decoded here, because text=True turns carriage returns into line ends.
        result.stdout, result.stderr = (result.stdout or b"").decode(), result.stderr.decode()
        return result

    return run


@pytest.fixture
def printed(run):
    """A function that returns what `covenv env --format format` prints, as it is. Fails if the command fails."""

    def printed(format, *options, env={}):
        result = run("covenv", "env", "--format", format, *options, env=env)
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout

    return printed


@pytest.mark.parametrize("value", NASTY, ids=ascii)
@pytest.mark.parametrize("shell, format", SHELLS, ids=[shell for shell, _ in SHELLS])
def test_the_shell_exports_the_value(run, shell, format, value):
    take = {
        "sh": 'eval "$(covenv env --carry "$1")"',
        "fish": "covenv env --format fish --carry $argv[1] | source",
    }[format]
    dump = {"sh": '/usr/bin/python3 -c "$2"', "fish": "/usr/bin/python3 -c $argv[2]"}[format]
    command = ["busybox", "sh"] if shell == "busybox" else [shell]
    name = [] if shell == "fish" else [shell]
    result = run(*command, "-c", f"{take}\n{dump}", *name, value, DUMP)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {"COVENV_CARRY": value}


@pytest.mark.parametrize("shell, format", SHELLS, ids=[shell for shell, _ in SHELLS])
def test_what_the_shell_starts_has_the_library(run, libcovenv, shell, format):
    take = {"sh": 'eval "$(covenv env)"', "fish": "covenv env --format fish | source"}[format]
    command = ["busybox", "sh"] if shell == "busybox" else [shell]
    result = run(*command, "-c", f"{take}\n/bin/cat /proc/self/maps")
    assert (result.returncode, result.stderr) == (0, "")
    assert str(libcovenv) in result.stdout


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_json(printed, libcovenv, value):
    assert json.loads(printed("json", "--carry", value)) == {"LD_PRELOAD": str(libcovenv), "COVENV_CARRY": value}


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_gitlabs_yaml_parser_reads_it(run, printed, libcovenv, value):
    """GitLab parses .gitlab-ci.yml by Psych; `expand: false` keeps `$` (docs.gitlab.com/ci/yaml)."""
    text = printed("gitlab", "--carry", value).encode()
    result = run("ruby", "-ryaml", "-rjson", "-e", "puts JSON.dump(YAML.safe_load(STDIN.read))", input=text)
    assert json.loads(result.stdout) == {
        "variables": {
            "LD_PRELOAD": {"value": str(libcovenv), "expand": False},
            "COVENV_CARRY": {"value": value, "expand": False},
        }
    }, result.stderr


def read_github(text):
    """The variables (a dict) in the text of a GITHUB_ENV file, read as the runner reads it.

    One is NAME=value, or NAME<<DELIMITER, lines, DELIMITER (actions/runner, FileCommandManager.cs).
    """
    env, lines = {}, iter(text.split("\n"))
    for line in lines:
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            env[line[:equals]] = line[equals + 1 :]
        elif heredoc >= 0:
            value = []
            while (part := next(lines)) != line[heredoc + 2 :]:
                value.append(part)
            env[line[:heredoc]] = "\n".join(value)
        else:
            assert not line
    return env


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_github_appends_to_its_file(run, libcovenv, tmp_path, value):
    file = tmp_path / "env"
    file.write_text("BEFORE=1\n")
    append = 'covenv env --format github --carry "$1" >> "$GITHUB_ENV"'
    result = run("sh", "-c", append, "sh", value, env={"GITHUB_ENV": str(file)})
    assert (result.returncode, result.stderr) == (0, "")
    expected = {"BEFORE": "1", "LD_PRELOAD": str(libcovenv), "COVENV_CARRY": value}
    assert read_github(file.read_bytes().decode()) == expected


def test_github_needs_no_file(printed, libcovenv):
    assert printed("github") == f"LD_PRELOAD={libcovenv}\n"


def expressible(value, format):
    if format == "jenkins":
        return value != ""
    if format == "dotenv" and "'" in value and ('"' in value or "\n" in value):
        return False
    return not set({"docker": "\n", "dotenv": "\\$`\r"}[format]) & set(value)


@pytest.mark.parametrize("format", ["docker", "dotenv", "jenkins"])
@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_what_a_format_cannot_express_is_an_error_that_says_so(run, format, value):
    result = run("covenv", "env", "--format", format, "--carry", value)
    if expressible(value, format):
        assert (result.returncode, result.stderr) == (0, "")
    else:
        assert (result.returncode, result.stdout) == (125, "")
        assert result.stderr.startswith(f"covenv: --format {format} cannot express COVENV_CARRY: it ")
        assert "choose another format" in result.stderr


@pytest.mark.parametrize("value", [value for value in NASTY if expressible(value, "docker")], ids=ascii)
def test_docker_takes_the_line_as_it_is(printed, libcovenv, value):
    """docker run --env-file: NAME=value by line, no quotes, no escapes (docs.docker.com, `docker container run`)."""
    assert printed("docker", "--carry", value) == f"LD_PRELOAD={libcovenv}\nCOVENV_CARRY={value}\n"


@pytest.mark.parametrize("value", [value for value in NASTY if expressible(value, "dotenv")], ids=ascii)
def test_dotenv_reads_it(run, printed, libcovenv, tmp_path, value):
    file = tmp_path / ".env"
    file.write_bytes(printed("dotenv", "--carry", value).encode())
    read = "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))"
    result = run(python_of("wheel"), "-c", read, file)
    assert json.loads(result.stdout) == {"LD_PRELOAD": str(libcovenv), "COVENV_CARRY": value}, result.stderr


@pytest.mark.parametrize("value", [value for value in NASTY if expressible(value, "dotenv")], ids=ascii)
def test_a_shell_reads_dotenv_as_well(run, tmp_path, value):
    read = 'covenv env --format dotenv --carry "$1" > .env; set -a; . ./.env; /usr/bin/python3 -c "$2"'
    result = run("sh", "-c", read, "sh", value, DUMP, cwd=tmp_path)
    assert json.loads(result.stdout) == {"COVENV_CARRY": value}, result.stderr


def test_jenkins_is_a_list_of_strings(printed, libcovenv):
    """withEnv takes a list of NAME=value and expands `$` in it, `$$` being one (EnvVars.overrideExpandingAll)."""
    assert printed("jenkins", "--grace=5s", "--carry=$HOME's") == (
        f"['LD_PRELOAD={libcovenv}', 'COVENV_CARRY=$$HOME\\'s', 'COVENV_GRACE=5s']\n"
    )


def test_the_library_comes_behind_what_is_preloaded(printed, libcovenv):
    assert json.loads(printed("json", env={"LD_PRELOAD": "libdl.so.2"})) == {"LD_PRELOAD": f"libdl.so.2:{libcovenv}"}


def test_the_library_is_there_once(printed, libcovenv):
    assert json.loads(printed("json", env={"LD_PRELOAD": str(libcovenv)})) == {"LD_PRELOAD": str(libcovenv)}


def test_each_setting_has_an_option(printed):
    given = {
        "carry": "A*", "skip": "git", "kill": "term", "grace": "5s", "signals": "INT", "offer": "0", "status": "real",
        "signature": "40,45",
    }
    settings = json.loads(printed("json", *(f"--{name}={value}" for name, value in given.items())))
    del settings["LD_PRELOAD"]
    assert settings == {f"COVENV_{name.upper()}": value for name, value in given.items()}


@pytest.mark.parametrize(
    "option", ["--kill=never", "--grace=inf", "--signals=KILL", "--format=yaml", "--signature=1,2"])
def test_what_makes_no_sense_is_an_error(run, option):
    result = run("covenv", "env", option)
    assert (result.returncode, result.stdout) == (125, "")
    assert option.partition("=")[0] in result.stderr


def moved(covenv, libcovenv, folder):
    for name, file in ("bin", covenv), ("lib", libcovenv):
        (folder / name).mkdir(parents=True)
        if file:
            shutil.copy(file, folder / name)
    return folder / "bin" / "covenv"


def test_without_the_library_it_says_where_it_looked(run, covenv, tmp_path):
    result = run(moved(covenv, None, tmp_path), "env")
    assert (result.returncode, result.stdout) == (125, "")
    assert f"reinstall. Looked for: {tmp_path}/lib/libcovenv.so" in result.stderr


def test_a_path_that_ld_preload_cannot_express(run, covenv, libcovenv, tmp_path):
    result = run(moved(covenv, libcovenv, tmp_path / "two words"), "env")
    assert (result.returncode, result.stdout) == (125, "")
    assert "two words/lib/libcovenv.so: use `covenv run`, or install covenv in a path without blanks" in result.stderr


def test_a_full_disk_is_an_error(run):
    with open("/dev/full", "w") as full:
        result = run("covenv", "env", stdout=full)
    assert (result.returncode, result.stderr) == (125, "covenv: cannot write to the standard output: No space left on device\n")
