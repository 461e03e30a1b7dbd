# SPDX-License-Identifier: MIT
"""Completions (in the shells themselves) and manual pages agree with --help."""

import os
import pty
import re
import subprocess
import time

import pytest

DEADLINE = 60


def run(*command, **options):
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=DEADLINE, **options)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


class Bash:
    SCRIPT = """
        source "$1"
        line=("${@:2}")
        # As readline splits it.
        COMP_WORDS=()
        for word in "${line[@]}"; do
          if [[ $word == --*=* ]]; then
            COMP_WORDS+=("${word%%=*}" =)
            [[ -z ${word#*=} ]] || COMP_WORDS+=("${word#*=}")
          else
            COMP_WORDS+=("$word")
          fi
        done
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        "_${line[0]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """

    def __init__(self, share, tmp_path):
        self.folder = share / "bash-completion" / "completions"
        self.cwd = tmp_path

    def complete(self, *words):
        output = run("bash", "--norc", "-c", self.SCRIPT, "bash", self.folder / words[0], *words, cwd=self.cwd)
        return {word.removesuffix("/") for word in output.split("\n")} - {""}


class Fish:
    def __init__(self, share, tmp_path):
        self.folder = share / "fish" / "vendor_completions.d"
        self.cwd = tmp_path

    def complete(self, *words):
        script = "source $argv[1]; complete -C $argv[2]"
        output = run(
            "fish", "--no-config", "-c", script, self.folder / f"{words[0]}.fish", " ".join(words),
            cwd=self.cwd, env=os.environ | {"HOME": str(self.cwd)})
        found = {line.split("\t")[0] for line in output.splitlines()}
        return {re.sub("^--[a-z-]+=", "", word).removesuffix("/") for word in found}


class Zsh:
    # The words offered are those that _arguments and the other functions pass to compadd, so compadd is replaced.
    SETUP = """
        PROMPT= RPROMPT=
        fpath=($FOLDER $fpath)
        autoload -Uz compinit
        compinit -u -D
        compadd() {
          if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
            local -a offered
            builtin compadd -A offered "$@"
            print -rl -- "$offered[@]" >> $OFFERED
          fi
          builtin compadd "$@"
        }
        finished() { : > $DONE }
        zle -N finished
        bindkey '^X' finished
        setopt no_beep
        unsetopt always_last_prompt
        LISTMAX=100000
        print -r -- READY""SO
    """

    def __init__(self, share, tmp_path):
        self.folder = share / "zsh" / "site-functions"
        self.cwd = tmp_path
        self.state = tmp_path / ".zsh"
        self.state.mkdir()

    def complete(self, *words):
        offered, done, setup = (self.state / name for name in ("offered", "done", "setup"))
        offered.write_text("")
        done.unlink(missing_ok=True)
        setup.write_text(self.SETUP)
        own = {"FOLDER": self.folder, "OFFERED": offered, "DONE": done, "TERM": "xterm", "HOME": self.state}
        variables = os.environ | {name: str(value) for name, value in own.items()}
        master, slave = pty.openpty()
        zsh = subprocess.Popen(
            ["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=self.cwd, env=variables,
            start_new_session=True)
        os.close(slave)
        try:
            os.write(master, f"source {setup}\n".encode())
            self._read_until(master, lambda seen: b"READYSO" in seen)
            os.write(master, (" ".join(words) + "\t\x18").encode())
            self._read_until(master, lambda seen: done.exists())
        finally:
            zsh.kill()
            zsh.wait()
            os.close(master)
        return {word.removesuffix("/") for word in offered.read_text().splitlines()} - {""}

    def _read_until(self, master, is_there):
        os.set_blocking(master, False)
        seen, end = b"", time.monotonic() + DEADLINE
        while not is_there(seen):
            assert time.monotonic() < end, seen
            try:
                seen += os.read(master, 65536)
            except BlockingIOError:
                time.sleep(0.01)


@pytest.fixture(params=[Bash, Zsh, Fish], ids=["bash", "zsh", "fish"])
def shell(request, share, tmp_path):
    (tmp_path / "a-file").write_text("")
    (tmp_path / "a-folder").mkdir()
    return request.param(share, tmp_path)


def commands_of(covenv):
    listed = run(covenv, "--help").partition("Subcommands:\n")[2]
    return set(re.findall("^  ([a-z]+) ", listed, re.MULTILINE))


def options_of(*command):
    return set(re.findall("^  (?:-[a-z],)?(--[a-z-]+)", run(*command, "--help"), re.MULTILINE))


def test_the_subcommands(shell, covenv):
    assert commands_of(covenv) >= {"run", "env"}
    assert shell.complete("covenv", "") >= commands_of(covenv)


def test_the_words_of_a_command(shell, covenv):
    assert shell.complete("covenv", "help", "") == commands_of(covenv)
    assert shell.complete("covenv", "completion", "") == {"bash", "zsh", "fish"}


def test_each_option_of_each_subcommand(shell, covenv):
    for command in commands_of(covenv):
        assert shell.complete("covenv", command, "--") >= options_of(covenv, command), command


def test_each_option_of_sigforward(shell, sigforward):
    assert shell.complete("sigforward", "--") >= options_of(sigforward)


def test_the_choices_of_an_option(shell):
    assert shell.complete("covenv", "env", "--kill", "") == {"save", "term", "off"}


def test_choices_behind_an_equals_sign(shell):
    assert "term" in shell.complete("covenv", "env", "--kill=te")


def test_choices_after_other_options(shell):
    formats = shell.complete("covenv", "env", "--grace", "5s", "--format", "")
    assert formats == {"sh", "fish", "github", "gitlab", "jenkins", "docker", "dotenv", "json"}


def test_a_value_that_may_be_anything_has_no_words(shell):
    assert not shell.complete("covenv", "env", "--grace", "") & {"--kill", "save", "run"}


def test_a_file(shell):
    assert shell.complete("sigforward", "--log", "a-") >= {"a-file", "a-folder"}


@pytest.mark.parametrize(
    "words", [("covenv", "run", "--"), ("sigforward", "--"), ("sigforward", "--grace", "5s", "--")], ids=" ".join)
def test_the_command_behind_two_dashes(shell, words):
    assert "busybox" in shell.complete(*words, "busyb")


@pytest.mark.parametrize("words", [("covenv", "run"), ("sigforward",)], ids=" ".join)
def test_the_command_without_dashes(shell, words):
    assert "busybox" in shell.complete(*words, "busyb")


def test_bash_takes_the_scripts_without_a_word(share):
    for script in (share / "bash-completion" / "completions").iterdir():
        assert run("bash", "--norc", "-u", "-c", 'source "$1"; complete -p "$2"', "bash", script, script.name) == (
            f"complete -F _{script.name} {script.name}\n")


def pages(share):
    return sorted((share / "man" / "man1").iterdir())


def test_each_command_has_its_manual_page(share, covenv):
    expected = {"covenv.1", "sigforward.1", *(f"covenv-{command}.1" for command in commands_of(covenv))}
    assert {page.name for page in pages(share)} >= expected


def test_groff_has_nothing_to_say_of_the_pages(share):
    for page in pages(share):
        assert run("groff", "-ww", "-man", "-Tutf8", page)


def shown(page):
    return run("groff", "-man", "-Tascii", "-P-c", "-P-b", "-P-u", "-rLL=1000n", page).lower().split()


def test_the_pages_say_what_the_help_says(share, covenv, sigforward):
    for page, command in ("covenv-env", [covenv, "env"]), ("covenv-run", [covenv, "run"]), ("sigforward", [sigforward]):
        text = " ".join(shown(share / "man" / "man1" / f"{page}.1"))
        help = run(*command, "--help")
        assert all(option in text for option in options_of(*command))
        # What CLI11 says of the values of an option, in braces, is left out.
        words = re.sub(r"\S*\{.*?\}|-h,--help", "", help.partition("Options:\n")[2]).lower().split()
        assert [word for word in words if word.strip(":,") not in text] in ([], ["settings:"])


def test_man_finds_the_page_of_a_subcommand(share):
    text = run("man", "-M", share / "man", "covenv", "env", env=os.environ | {"MANWIDTH": "200"})
    assert "Print what a CI job" in text


def test_one_page_is_printed(share, covenv):
    assert run(covenv, "man", "env") == (share / "man" / "man1" / "covenv-env.1").read_text()
    assert run(covenv, "man") == (share / "man" / "man1" / "covenv.1").read_text()


def test_a_page_that_is_not_there(covenv):
    result = subprocess.run([covenv, "man", "walk"], capture_output=True, text=True, timeout=DEADLINE)
    assert (result.returncode, result.stderr) == (
        125, "covenv: there is no command 'walk' (`covenv help` lists the commands)\n")
