# SPDX-License-Identifier: MIT
"""Whole sessions of bash, dash and zsh: the shells show the same with sigforward before each command as without it."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
from pathlib import Path

import pytest
from shells import PROMPT, SHELLS, command
from wrapped import eventually, state

WAYS = {
    "bare": "",
    "wrapped": "sigforward -- ",
    "foreground": "sigforward --foreground -- ",
    "nested": "sigforward -- sigforward -- ",
}
WRAPPED = [way for way in WAYS if way != "bare"]
GONE = ("Z", "gone")


@pytest.fixture
def short(sigforward):
    """Variables with which a line needs no path and no options of sigforward.

    Lines are short then, and must be, because zsh breaks long ones in its list of jobs.
    """
    path = f"{Path(sigforward).parent}:{os.environ['PATH']}"
    return {"PATH": path, "SIGFORWARD_PRELOAD": "0", "SIGFORWARD_GRACE": "20s"}


def stop_and_go_on(shell, line, word):
    """Runs a line that copies the terminal (such as `cat`), stops it by Ctrl-Z, and continues it by `fg`.

    Returns what the terminal showed: at the stop, of `jobs`, and after `fg`. `word` is what is typed.
    """
    shell.sendline(line)
    shell.sendline(f"{word} before")
    shell.expect_exact(f"{word} before")
    shell.sendcontrol("z")
    shell.expect_exact(PROMPT)
    said = [shell.before, command(shell, "jobs")]
    shell.sendline("fg")
    shell.sendline(f"{word} after")
    shell.expect_exact(f"{word} after")
    return [*said, shell.before]


def press(shell, key):
    """Presses Ctrl and a key. Returns what the terminal showed up to the next prompt, and the line's status as text."""
    shell.sendcontrol(key)
    shell.expect_exact(PROMPT)
    return [shell.before, command(shell, "echo $?")]


def transcript(shell, prefix):
    said = stop_and_go_on(shell, f"{prefix}cat", "one") + press(shell, "c")
    said += stop_and_go_on(shell, f"{prefix}cat | {prefix}cat", "two") + press(shell, "d")
    said += stop_and_go_on(shell, f"({prefix}cat; echo after)", "three") + press(shell, "c")
    return [one.replace(prefix, "") if prefix else one for one in said]


@pytest.fixture(scope="module")
def bare_transcripts():
    return {}


@pytest.mark.parametrize("way", WRAPPED)
@pytest.mark.parametrize("name", SHELLS)
def test_a_session_reads_the_same(start_shell, short, bare_transcripts, name, way):
    if name not in bare_transcripts:
        bare_transcripts[name] = transcript(start_shell(name, **short), "")
    assert transcript(start_shell(name, **short), WAYS[way]) == bare_transcripts[name]


def background(shell, line):
    """Stops a line that reads the terminal, and continues it by `bg`: it stops again. Then `fg` lets it end.

    Returns what the terminal showed of the second stop, of `fg`, and of the end.
    """
    shell.sendline(line)
    shell.sendline("word")
    shell.expect_exact("word")
    shell.sendcontrol("z")
    shell.expect_exact(PROMPT)
    # The shell's own message of the second stop is dropped, because it comes at any time.
    command(shell, "bg; while ! jobs -s | grep -q cat; do :; done")
    said = [command(shell, "jobs")]
    shell.sendline("fg")
    shell.sendline("again")
    shell.expect_exact("again")
    said.append(shell.before)
    return said + press(shell, "d")


@pytest.mark.parametrize("way", WRAPPED)
def test_a_reader_that_goes_on_in_the_background_stops_again(start_shell, short, way):
    wrapped = background(start_shell(**short), f"{WAYS[way]}cat")
    assert [one.replace(WAYS[way], "") for one in wrapped] == background(start_shell(**short), "cat")


@pytest.mark.parametrize("way", WAYS)
def test_a_shell_in_it_can_suspend_itself(start_shell, short, way):
    """The outer shell gets the terminal back when a shell below sigforward stops itself by SIGSTOP (`suspend`)."""
    shell = start_shell(**short)
    shell.sendline(f"{WAYS[way]}env PS1='inner> ' bash --norc --noprofile --noediting -i")
    shell.expect_exact("inner> ")
    shell.sendline("suspend")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    shell.sendline("fg")
    shell.sendline("echo inside; exit 3")
    shell.expect_exact("inside")
    shell.expect_exact(PROMPT)
    assert command(shell, "echo $?").strip() == "3"


@pytest.mark.parametrize("way", WAYS)
def test_a_key_ends_the_whole_pipeline(start_shell, short, way):
    shell = start_shell(**short)
    shell.sendline(f"{WAYS[way]}sh -c 'echo running >&2; exec cat' | sleep 60")
    shell.expect_exact("running")
    assert press(shell, "c")[1].strip() == "130"


def test_ctrl_z_stops_a_session_of_its_own_too(start_shell, short, tmp_path):
    """sigforward itself stops a command in a session of its own, because the terminal's stop does nothing there."""
    shell = start_shell(**short)
    shell.sendline(f"sigforward --new-session -- sh -c 'echo $$ >\"{tmp_path}/pid\"; echo running; exec sleep 60'")
    shell.expect_exact("running")
    pid = int((tmp_path / "pid").read_text())
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    assert state(pid) in "Tt"
    shell.sendline("fg")
    eventually(lambda: state(pid) == "S")
    assert press(shell, "c")[1].strip() == "130"
    assert state(pid) in GONE


def test_a_wrapper_killed_while_its_job_is_stopped_ends_the_job(start_shell, short, tmp_path):
    shell = start_shell(**short)
    shell.sendline(f"sigforward -- sh -c 'echo $$ $PPID >\"{tmp_path}/pids\"; echo running; exec sleep 60'")
    shell.expect_exact("running")
    pid, wrapper = map(int, (tmp_path / "pids").read_text().split())
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    os.kill(wrapper, signal.SIGKILL)
    eventually(lambda: state(pid) in GONE)
    assert "42" in command(shell, "echo $((6 * 7))")


# A job gets SIGHUP from the shell that goes, and from the kernel at that shell's end, without a wrapper as well.
# Name -> what the job does with SIGHUP (in words of sh), and what is in its log afterwards.
ON_HANGUP = {
    "dies of it": (":", ""),
    "handles it": (
        "trap 'trap : HUP; echo hung up >>\"$0\"; sleep 0.1; echo done >>\"$0\"; exit 0' HUP",
        "hung up\ndone\n",
    ),
    "ignores it": ("trap '' HUP", ""),
}


def program(path, trap):
    text = f"{trap}; echo $$ >\"$1\"; echo running; while :; do sleep 0.02; done"
    return ["sh", "-c", text, path / "log", path / "pid"]


@pytest.mark.parametrize("does", ON_HANGUP)
def test_a_hangup_of_the_shell_gives_it_its_grace(start_shell, short, tmp_path, does):
    trap, left = ON_HANGUP[does]
    (tmp_path / "log").touch()
    (tmp_path / "job").write_text(program(tmp_path, trap)[2])
    shell = start_shell(**{**short, "SIGFORWARD_GRACE": "1s"})
    shell.sendline(f'sigforward -- sh -c "$(cat {tmp_path}/job)" {tmp_path}/log {tmp_path}/pid')
    shell.expect_exact("running")
    shell.close(force=False)
    pid = int((tmp_path / "pid").read_text())
    eventually(lambda: state(pid) in GONE)
    assert (tmp_path / "log").read_text() == left


@pytest.mark.parametrize("way", ["--foreground", "--new-session", "--grace=1s"])
@pytest.mark.parametrize("does", ON_HANGUP)
def test_a_hangup_of_the_terminal_that_it_leads_gives_the_command_its_grace(sigforward, tmp_path, does, way):
    """sigforward leads the session, as below ssh or in a container, and passes the hangup on with the grace.

    The kernel tells a hangup of the terminal to the session's leader alone.
    """
    trap, left = ON_HANGUP[does]
    (tmp_path / "log").touch()
    master, slave = pty.openpty()
    command = [sigforward, "--no-preload", "--grace=1s", way, "--", *program(tmp_path, trap)]
    wrapper = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(slave)
    try:
        assert b"running" in os.read(master, 100)
        os.close(master)
        status = wrapper.wait(10)
    finally:
        wrapper.kill()
        wrapper.wait()
    assert status == {"dies of it": -signal.SIGHUP, "handles it": 0, "ignores it": -signal.SIGKILL}[does]
    assert (tmp_path / "log").read_text() == left
    assert state(int((tmp_path / "pid").read_text())) in GONE
