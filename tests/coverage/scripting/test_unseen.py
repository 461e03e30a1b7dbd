# SPDX-License-Identifier: MIT
"""A Ruby, Perl or PHP program sees nothing of covenv, and one that measures nothing is killed as without covenv."""

import os
import re
import resource
import signal
import statistics
import subprocess

import pytest
from languages import LANGUAGES, PROGRAMS, php

COMMANDS = {"Ruby": ["/usr/bin/ruby"], "Perl": ["/usr/bin/perl"], "PHP": php("xdebug.mode=off")}


@pytest.fixture
def variables(tmp_path, libcovenv):
    """variables(language, is_preloaded): the environment of a program that is measured."""

    def make(language, is_preloaded):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        library = {"LD_PRELOAD": str(libcovenv)} if is_preloaded else {}
        return {**kept, **LANGUAGES[language].variables(tmp_path), **library}

    return make


@pytest.mark.parametrize("language, file", [("Ruby", "signals.rb"), ("Perl", "signals.pl"), ("PHP", "signals.php")])
def test_handlers_are_those_without_the_library(language, file, variables):
    def seen(is_preloaded):
        done = subprocess.run(
            [*COMMANDS[language], PROGRAMS / file],
            env=variables(language, is_preloaded),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    bare = seen(False)
    assert bare[0] == 0 and "\n1" in bare[1], bare
    assert seen(True) == bare


def killed(command, environment, killer_library):
    """Starts the command, waits for its line, and kills it in a preloaded shell's child. The wait status."""
    server = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"ready\n"
    shell = ["bash", "-c", f"kill -9 {server.pid}"]
    subprocess.run(shell, env={**environment, "LD_PRELOAD": killer_library}, check=True)
    return server.wait()


@pytest.mark.parametrize("command", [
    ["/usr/bin/ruby", "-e", '$stdout.sync = true; puts "ready"; gets'],
    ["/usr/bin/perl", "-e", '$| = 1; print "ready\\n"; <STDIN>'],
    ["/usr/bin/php", "-r", 'register_shutdown_function(fn () => 1); echo "ready\\n"; fgets(STDIN);'],
    ["/usr/bin/php", "-r", 'register_shutdown_function(fn () => 1); echo "ready\\n"; for (;;) {}'],
], ids=["Ruby", "Perl", "PHP", "PHP, busy"])
def test_unmeasured_program_is_killed_at_once(command, tmp_path, libcovenv, covenv):
    """Nothing is said of it, and nothing is written."""
    environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(libcovenv)}
    assert killed(command, environment, str(libcovenv)) == -signal.SIGKILL
    killer = (
        "import subprocess, sys; server = subprocess.Popen(sys.argv[1:], stdin=-1, stdout=-1)\n"
        "server.stdout.readline(); server.kill(); print(server.wait())"
    )
    told = subprocess.run(
        [covenv, "run", "--report", tmp_path / "report.json", "--", "python3", "-c", killer, *command],
        capture_output=True, text=True, check=True,
    )
    assert told.stdout == "-9\n"
    report = (tmp_path / "report.json").read_text()
    assert '"why": "kill"' not in report and not re.search(r'"loss": *\{', report), report


@pytest.mark.parametrize("language", ["Ruby", "Perl", "PHP"])
def test_arming_costs_next_to_nothing(language, variables):
    """Processor time of a start, beside that of the same program by a name at which nothing is looked up."""
    environment = variables(language, True)
    options = ["-r", "1;"] if language == "PHP" else ["-e", "1"]

    def cost(name):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [name, *options]
        executable = COMMANDS[language][0]
        subprocess.run(command, executable=executable, env=environment, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    armed_name = COMMANDS[language][0]
    pairs = [(cost(armed_name), cost("another")) for _ in range(9)]
    ratio = statistics.median(armed / other for armed, other in pairs)
    assert ratio < 1.03 or min(armed for armed, _ in pairs) / min(other for _, other in pairs) < 1.03, ratio


TIED = """
package Tied;
sub noted { open my $file, ">>", "called"; print $file "@_" }
sub TIESCALAR { bless {} }
sub FETCH { noted("FETCH") if $main::is_ready; 1 }
sub STORE { noted("STORE") if $main::is_ready }
sub TIEARRAY { bless {} }
sub FETCHSIZE { 1 }
package main;
$| = 1;
"""


@pytest.mark.parametrize("is_element", [True, False])
@pytest.mark.parametrize("way", ["my $line = <STDIN>", "1 while 1"])
def test_no_method_of_a_tied_topic_runs_in_the_save(is_element, way, tmp_path, libcovenv, variables):
    """The topic is Perl's $_: the program's own, or an alias of an element."""
    end = f'$main::is_ready = 1; print "ready\\n"; {way}'
    code = f"{TIED} tie my @all, 'Tied'; for (@all) {{ {end} }}" if is_element else f"{TIED} tie $_, 'Tied'; {end}"
    killer = (
        "import subprocess, sys; server = subprocess.Popen(sys.argv[1:], stdin=-1, stdout=-1)\n"
        "server.stdout.readline(); server.kill(); print(server.wait())"
    )
    command = ["python3", "-c", killer, "/usr/bin/perl", "-e", code]
    done = subprocess.run(command, cwd=tmp_path, env=variables("Perl", True), capture_output=True, text=True, check=True)
    assert done.stdout == "-9\n"
    assert len(list((tmp_path / "cover_db" / "runs").iterdir())) == 1
    assert not (tmp_path / "called").exists()
