# SPDX-License-Identifier: MIT
"""PHP programs that are killed at bad moments: coverage is whole or its loss is told, and the program sees nothing."""

import json
import os
import subprocess
import sys

import pytest
from languages import PROGRAMS, php

# Kills each of ROUNDS programs after it has said "ready" and run on for a while that differs.
KILLER = """
import json, random, subprocess, sys
rounds, signal, spin, *command = sys.argv[1:]
for _ in range(int(rounds)):
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ready = program.stdout.readline()
    for _ in range(random.randrange(int(spin) + 1)): pass
    program.send_signal(int(signal))
    out, err = program.communicate()
    print(json.dumps([program.returncode, (ready + out).decode(), err.decode()]))
"""
DEAD = {9: -9, 3: -3, 15: -15}
WRITE = "(new SebastianBergmann\\CodeCoverage\\Report\\PHP())->process($coverage, __DIR__ . '/' . getmypid() . '.cov');"
STOP = "$coverage->stop();"
SLEEPS = 'work(3); echo "ready\\n"; sleep(100);'


def registered(body):
    return f"register_shutdown_function(function () use ($coverage) {{ {body} }});"


@pytest.fixture
def killed(tmp_path, covenv):
    """killed(program, function...): what each round has shown, and the losses of the report.

    program: code behind `ready`. functions: code that the file of auto_prepend_file runs at its end.
    """

    def run(program, functions=registered(STOP + WRITE), signal=9, rounds=1, spin=0, options=(), is_bare=False, **more):
        prepended = (PROGRAMS / "prepended.php").read_text()
        begin = prepended[: prepended.index("    register_shutdown_function")].replace("__DIR__", repr(str(PROGRAMS)))
        (tmp_path / "prepended.php").write_text(f"{begin}    {functions}\n}})();\n")
        (tmp_path / "empty.php").touch()
        (tmp_path / "program.php").write_text(f"<?php\nrequire '{PROGRAMS}/work.php';\n{program}\n")
        command = more.get("command") or [*php("xdebug.mode=off", "auto_prepend_file=prepended.php", *options)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        report = tmp_path / "report.json"
        done = subprocess.run(
            [
                *([] if is_bare else [covenv, "run", "--report", report, "--"]),
                *(sys.executable, "-c", KILLER, str(rounds), str(signal), str(spin)),
                *(*more.get("before", ()), *command, "program.php"),
            ],
            cwd=tmp_path,
            env={**kept, "COVENV_GRACE": more.get("grace", "20s")},
            capture_output=True,
            text=True,
            check=True,
        )
        processes = [] if is_bare else json.loads(report.read_text())["processes"]
        losses = [process["loss"]["reason"] for process in processes if process["loss"]]
        return [json.loads(line) for line in done.stdout.splitlines()], losses

    return run


def files(folder):
    """The sizes of whole and of broken files."""
    found = [path.read_text() for path in folder.glob("*.cov")]
    whole = [text for text in found if text.rstrip().endswith(");")]
    return len(whole), len(found) - len(whole)


@pytest.mark.parametrize("signal, body", [
    (15, "for (;;) register_shutdown_function(fn () => 1);"),
    (15, "for (;;) { eval('return function ($x) { if ($x) { return [1, 2, $x]; } return null; };'); }"),
    (15, "for (;;) { ob_start(); echo 'abc'; ob_get_clean(); }"),
    (15, "for (;;) { try { throw new Exception(str_repeat('x', 100)); } catch (Exception $e) { } }"),
    (9, "function t() { throw new Exception('x'); } for (;;) { try { t(); } catch (Exception $e) { } }"),
    (9, "for (;;) { try { new DateTime('none'); } catch (Exception $e) { } }"),
])
def test_any_instruction_may_be_interrupted(signal, body, killed, tmp_path):
    """Of SIGTERM, Zend's own handler hears first."""
    rounds = 15
    shown, losses = killed(f'work(3); echo "ready\\n"; {body}', signal=signal, rounds=rounds, spin=500000)
    assert shown == [[DEAD[signal], "ready\n", ""]] * rounds
    assert losses == []
    assert files(tmp_path) == (rounds, 0)


UNMEASURED = ["/usr/bin/php", "-d", "xdebug.mode=off"]


def test_unmeasured_php_that_is_interrupted_dies_at_once(killed):
    body = 'register_shutdown_function(fn () => 1); echo "ready\\n"; for (;;) register_shutdown_function(fn () => 1);'
    shown, losses = killed(body, signal=15, rounds=15, spin=500000, command=UNMEASURED)
    assert shown == [[-15, "ready\n", ""]] * 15
    assert losses == []


@pytest.mark.parametrize("command, is_caught", [
    (UNMEASURED, "0"),
    (php("xdebug.mode=off", "pcov.enabled=0", "auto_prepend_file=empty.php"), "0"),
    (php("xdebug.mode=off", "auto_prepend_file=prepended.php"), "1"),
], ids=["no file", "no driver", "measured"])
def test_sigurg_is_caught_in_a_measured_php_alone(command, is_caught, killed):
    body = (
        "preg_match('/SigCgt:\\s*(\\w+)/', file_get_contents('/proc/self/status'), $all);"
        "echo hexdec(substr($all[1], -8)) >> 22 & 1, \"\\n\"; sleep(100);"
    )
    shown, _ = killed(body, functions="$coverage->stop();", command=command)
    assert shown == [[-9, f"{is_caught}\n", ""]]


@pytest.mark.parametrize("body, function, more", [
    ("work(3); ini_set('memory_limit', '24M'); while (memory_get_usage() < 23 << 20) $all[] = str_repeat('x', 1000);"
     'echo "ready\\n"; sleep(100);', STOP + WRITE, {}),
    ('work(3); echo "ready\\n"; ob_start(function ($text) { sleep(100); return $text; }); echo 1; ob_end_flush();',
     STOP + WRITE, {}),
    (SLEEPS, STOP + WRITE + "exit(0);", {}),
    (SLEEPS, STOP + WRITE + "fwrite(STDERR, 'x'); fwrite(STDOUT, 'x'); error_log('x'); echo 'x';", {}),
    ("chdir('/');" + SLEEPS, STOP + WRITE, {}),
    (SLEEPS, STOP + WRITE, {"signal": 3}),
    ('work(3); echo "ready\\n"; for (;;) { }', STOP + WRITE, {"signal": 3}),
], ids=["memory limit", "output handler", "exit", "prints", "another folder", "SIGQUIT", "SIGQUIT, busy"])
def test_saved(body, function, more, killed, tmp_path):
    shown, losses = killed(body, registered(function), **more)
    assert losses == []
    assert files(tmp_path) == (1, 0)
    (bare, _) = killed(body, registered(function), is_bare=True, **more)
    assert shown == bare


SMALL = {"options": ["fiber.stack_size=16K"]}
FIBER = "work(3); $fiber = new Fiber(function () { echo \"ready\\n\"; WAIT }); $fiber->start(); touch('went on');"
FULL = {"before": ["sh", "-c", "trap '' XFSZ; ulimit -f 2; exec \"$@\"", "sh"]}


@pytest.mark.parametrize("body, functions, reason, more", [
    (SLEEPS, registered(STOP) + registered(WRITE), "no-file", {}),
    (SLEEPS, registered(STOP + WRITE) + registered("touch('went on');"), "no-file", {}),
    (SLEEPS, registered(STOP), "save-failed", {}),
    (SLEEPS, registered(""), "save-failed", {}),
    (SLEEPS, registered(STOP + WRITE), "save-failed", FULL),
    (FIBER.replace("WAIT", "sleep(100);"), registered(STOP + WRITE), "save-failed", SMALL),
    (FIBER.replace("WAIT", "for (;;) { }"), registered(STOP + WRITE), "save-failed", SMALL),
    ("$own();", "$GLOBALS['own'] = function () use ($coverage) { echo \"ready\\n\"; sleep(100); touch('went on'); };"
     "register_shutdown_function($GLOBALS['own']);", "save-failed", {}),
    (SLEEPS, registered("while (true) { }"), "save-timed-out", {"grace": "300ms"}),
    (SLEEPS, registered("sleep(100); while (true) { usleep(1000); }"), "save-timed-out", {"grace": "300ms"}),
], ids=["two", "another", "stops", "nothing", "no room", "small stack", "small stack, busy", "called", "slow", "waits"])
def test_lost(body, functions, reason, more, killed, tmp_path):
    shown, losses = killed(body, functions, **more)
    assert shown == [[-9, "ready\n", ""]]
    assert losses == [reason]
    assert files(tmp_path) == (0, 0)
    assert not (tmp_path / "went on").exists()


@pytest.mark.parametrize("wait", ["for ($i = 0; $i < 3000000; $i++) { }", "usleep(100000);"], ids=["busy", "waits"])
@pytest.mark.parametrize("is_stopped", [True, False])
def test_killed_in_the_coverage_function(wait, is_stopped, killed, tmp_path):
    """PHP's own call of the function is finished, there is no second one, and no other code of the program runs."""
    said = "file_put_contents(__DIR__ . '/calls', 'x', FILE_APPEND); echo \"ready\\n\";"
    parts = [STOP, said, wait] if is_stopped else [said, wait, STOP]
    body = (
        "work(3); class Witness { function __destruct() { touch(__DIR__ . '/went on'); } } $witness = new Witness();"
        "register_shutdown_function(function () { touch(__DIR__ . '/went on'); });"
        "register_shutdown_function('touch', __DIR__ . '/went on');"
    )
    shown, losses = killed(body, registered("".join(parts) + WRITE), rounds=5, spin=10000)
    assert shown == [[-9, "ready\n", ""]] * 5
    assert losses == []
    assert files(tmp_path) == (5, 0)
    assert (tmp_path / "calls").read_text() == "x" * 5
    assert not (tmp_path / "went on").exists()
