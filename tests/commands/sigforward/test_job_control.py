# SPDX-License-Identifier: MIT
"""sigforward as a job of a real bash on a terminal: the user sees the same as with the bare command."""

import os
import signal
import sys
from pathlib import Path

import pytest
from shells import PROMPT, command
from wrapped import eventually, state

WAYS = ["bare", "wrapped", "nested"]


@pytest.fixture(params=WAYS)
def prefix(request, sigforward):
    """The words before a command: none, sigforward, or two sigforwards. Every case has to hold for all three."""
    wrapper = f"{sigforward} --no-preload --grace 20s -- "
    return {"bare": "", "wrapped": wrapper, "nested": wrapper * 2}[request.param]


def test_ctrl_z_stops_the_job_and_fg_goes_on(start_shell, prefix):
    shell = start_shell()
    shell.sendline(f"{prefix}cat")
    for word in ("one", "two"):
        shell.sendline(word)
        shell.expect_exact(word)
        shell.sendcontrol("z")
        shell.expect_exact("Stopped")
        shell.expect_exact(PROMPT)
        shell.sendline("fg")
        shell.expect_exact("cat")
    shell.sendline("three")
    shell.expect_exact("three")
    shell.sendcontrol("d")
    shell.expect_exact(PROMPT)
    assert command(shell, "echo status $?").strip().endswith("status 0")


def test_bg_lets_it_run_on(start_shell, prefix, tmp_path):
    go_on, done = tmp_path / "go on", tmp_path / "done"
    os.mkfifo(go_on)
    shell = start_shell()
    shell.sendline(f"{prefix}sh -c 'echo running; read line <\"{go_on}\"; echo \"$line\" >\"{done}\"'")
    shell.expect_exact("running")
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    assert "Running" in command(shell, "bg; jobs")
    go_on.write_text("gone on\n")
    eventually(lambda: done.exists() and done.read_text() == "gone on\n")
    shell.sendline("wait; echo waited")
    shell.expect_exact("waited")


@pytest.mark.parametrize("key, signo", [("c", signal.SIGINT), ("\\", signal.SIGQUIT)])
def test_keys_end_it(start_shell, prefix, key, signo):
    shell = start_shell()
    shell.sendline(f"ulimit -c 0; {prefix}sh -c 'echo running; exec sleep 30'")
    shell.expect_exact("running")
    shell.sendcontrol(key)
    shell.expect_exact(PROMPT)
    assert f"status {128 + signo}" in command(shell, "echo status $?")


def test_a_reader_in_the_background_stops_and_fg_lets_it_read(start_shell, prefix):
    shell = start_shell()
    shell.sendline(f"{prefix}cat &")
    shell.expect_exact(PROMPT)
    shell.sendline("while ! jobs | grep -q Stopped; do :; done; jobs")
    shell.expect(r"Stopped.*cat")
    shell.expect_exact(PROMPT)
    shell.sendline("fg")
    shell.expect_exact("cat")
    shell.sendline("now")
    shell.expect_exact("now")
    shell.sendcontrol("d")
    shell.expect_exact(PROMPT)


def test_a_writer_in_the_background_stops_where_the_terminal_says_so(start_shell, prefix):
    shell = start_shell()
    command(shell, "stty tostop")
    shell.sendline(f"{prefix}echo written &")
    shell.expect_exact(PROMPT)
    shell.sendline("while ! jobs | grep -q Stopped; do :; done; jobs")
    shell.expect(r"Stopped.*echo")
    shell.expect_exact(PROMPT)
    shell.sendline("fg")
    shell.expect_exact("written")
    shell.expect_exact(PROMPT)


def test_a_pipeline_stops_and_goes_on_as_one(start_shell, prefix):
    shell = start_shell()
    shell.sendline(f"{prefix}cat | {prefix}cat")
    shell.sendline("one")
    shell.expect_exact("one")
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    shell.sendline("fg")
    shell.expect_exact("cat")
    shell.sendline("two")
    shell.expect_exact("two")
    shell.sendcontrol("d")
    shell.expect_exact(PROMPT)


@pytest.mark.parametrize("stop", ["TSTP", "STOP"])
def test_kill_stops_the_job_and_cont_continues_it(start_shell, prefix, stop, tmp_path):
    shell = start_shell()
    shell.sendline(f"{prefix}sh -c 'echo $$ >\"{tmp_path}/pid\"; exec sleep 30' &")
    shell.expect_exact(PROMPT)
    eventually((tmp_path / "pid").exists)
    shell.sendline(f"kill -{stop} %1; while ! jobs | grep -q Stopped; do :; done; echo it is")
    shell.expect_exact("it is")
    shell.expect_exact(PROMPT)
    pid = int(eventually((tmp_path / "pid").read_text))
    if stop == "TSTP" or not prefix:
        eventually(lambda: state(pid) in "Tt")
    shell.sendline("kill -CONT %1; while ! jobs | grep -q Running; do :; done; echo goes on")
    shell.expect_exact("goes on")
    eventually(lambda: state(pid) == "S")
    shell.sendline("kill %1; wait %1; echo status $?")
    shell.expect_exact("status 143")


RAW = """
import os, signal, sys, termios, tty
saved = termios.tcgetattr(0)
def raw(*_):
    tty.setraw(0)
    os.write(1, b"raw\\r\\n")
def stop():
    termios.tcsetattr(0, termios.TCSADRAIN, saved)
    os.kill(0, signal.SIGTSTP)
signal.signal(signal.SIGCONT, raw)
raw()
while (key := os.read(0, 1)) != b"q":
    if key == b"\\x1a":
        stop()
    else:
        os.write(1, b"key " + key + b"\\r\\n")
termios.tcsetattr(0, termios.TCSADRAIN, saved)
"""


def test_an_editor_gives_the_terminal_back_as_it_found_it(start_shell, prefix, tmp_path):
    editor = tmp_path / "editor.py"
    editor.write_text(RAW)
    shell = start_shell()
    before = command(shell, "stty -g")
    shell.sendline(f"{prefix}{sys.executable} -S {editor}")
    shell.expect_exact("raw")
    shell.send("x")
    shell.expect_exact("key x")
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    assert command(shell, "stty -g") == before
    shell.sendline("fg")
    shell.expect_exact("raw")
    shell.send("yq")
    shell.expect_exact("key y")
    shell.expect_exact(PROMPT)
    assert command(shell, "stty -g") == before


def test_a_shell_in_it_has_jobs_of_its_own(start_shell, prefix):
    shell = start_shell()
    shell.sendline(f"{prefix}bash --norc --noprofile --noediting -i")
    shell.expect_exact(PROMPT)
    shell.sendline("cat")
    shell.sendline("inner")
    shell.expect_exact("inner")
    shell.sendcontrol("z")
    shell.expect_exact("Stopped")
    shell.expect_exact(PROMPT)
    shell.sendline("fg")
    shell.expect_exact("cat")
    shell.sendcontrol("d")
    shell.expect_exact(PROMPT)
    shell.sendline("echo $SHLVL; exit 5")
    shell.expect_exact(PROMPT)
    assert "status 5" in command(shell, "echo status $?")


def test_the_window_size_reaches_it(start_shell, prefix):
    shell = start_shell()
    shell.sendline(f"""{prefix}bash -c 'trap "stty size; exit" WINCH; echo running; while :; do read -t 0.05 -r <>/dev/zero || :; done' """)
    shell.expect_exact("running")
    shell.setwinsize(33, 77)
    shell.expect_exact("33 77")
    shell.expect_exact(PROMPT)


def test_a_hangup_ends_it(start_shell, prefix, tmp_path):
    shell = start_shell()
    shell.sendline(f"{prefix}sh -c 'echo $$ >\"{tmp_path}/pid\"; echo running; exec sleep 30'")
    shell.expect_exact("running")
    pid = int((tmp_path / "pid").read_text())
    shell.close(force=False)
    eventually(lambda: state(pid) in ("Z", "gone"))


def test_a_killed_wrapper_leaves_the_shell_its_terminal(start_shell, sigforward, tmp_path):
    shell = start_shell()
    shell.sendline(f"{sigforward} --no-preload -- sh -c 'echo $$ $PPID >\"{tmp_path}/pids\"; echo running; exec sleep 30'")
    shell.expect_exact("running")
    pid, wrapper = map(int, (tmp_path / "pids").read_text().split())
    os.kill(wrapper, signal.SIGKILL)
    shell.expect_exact("Killed")
    shell.expect_exact(PROMPT)
    assert "mine" in command(shell, "echo mine")
    eventually(lambda: state(pid) in ("Z", "gone"))


def test_in_the_foreground_a_key_arrives_once(start_shell, sigforward):
    shell = start_shell()
    counter = "trap 'echo interrupted' INT; echo running; while :; do read -r line && echo \"got $line\"; done"
    shell.sendline(f"{sigforward} --no-preload --foreground --grace inf -- bash -c '{counter.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}'")
    shell.expect_exact("running")
    shell.sendcontrol("c")
    shell.expect_exact("interrupted")
    shell.sendline("typed")
    shell.expect_exact("got typed")
    assert "interrupted" not in shell.before


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


def test_without_a_terminal_a_stop_that_it_passes_on_is_its_own_too(sigforward):
    """The wrapper stops with its command, because its parent (same session, another group) could continue it."""
    command = [sigforward, "--no-preload", "--", "sleep", "30"]
    pid = os.posix_spawn(sigforward, command, os.environ, setpgroup=0)
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        child = eventually(lambda: next((int(one) for one in children.read_text().split() if name_of(one) == "sleep"), None))
        os.kill(pid, signal.SIGTSTP)
        _, status = os.waitpid(pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTSTP
        assert state(child) in "Tt"
        os.kill(pid, signal.SIGCONT)
        _, status = os.waitpid(pid, os.WCONTINUED)
        assert os.WIFCONTINUED(status)
        eventually(lambda: state(child) == "S")
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
