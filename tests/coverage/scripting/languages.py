# SPDX-License-Identifier: MIT
"""Scripting languages whose runtimes measure: the server of each, where its counts go, and how they are read."""

import json
import os
import stat
import subprocess
from pathlib import Path

from runtimes import Runtime, add

PROGRAMS = Path(__file__).resolve().parent / "programs"
# Longer than users have it, for machines under load: Devel::Cover's write takes a tenth of a second of processor time.
GRACE = {"COVENV_GRACE": "20s"}


def script(*command):
    """build(): a shell script that becomes the server, so that any start can start it without arguments."""

    def build(folder):
        program = folder / "server"
        program.write_text(f"#!/bin/sh\nexec {' '.join(str(word) for word in command)}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    return build


def ruby_variables(folder):
    start = folder / "simplecov_start.rb"
    start.write_text(
        "require 'simplecov'\n"
        f"SimpleCov.root '{PROGRAMS}'\n"
        f"SimpleCov.coverage_dir '{os.path.relpath(folder, PROGRAMS)}'\n"
        "SimpleCov.command_name 'server'\n"
        "SimpleCov.formatter Class.new { def format(_); end }\n"
        "SimpleCov.start\n"
    )
    return {"RUBYOPT": f"-r{start}", **GRACE}


def ruby_counts(folder, _):
    total = {}
    results = folder / ".resultset.json"
    for result in (json.loads(results.read_text()) if results.exists() else {}).values():
        lines = result["coverage"].get(str(PROGRAMS / "work.rb"), {"lines": []})["lines"]
        add(total, ((number, count) for number, count in enumerate(lines, 1) if count is not None))
    return total


def perl_counts(folder, _):
    database = folder / "cover_db"
    if not (database / "runs").exists():
        return {}
    clean = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "PERL5OPT")}
    text = subprocess.run(
        ["/usr/bin/perl", PROGRAMS / "counts.pl", database], env=clean, capture_output=True, text=True, check=True
    ).stdout
    return add({}, (tuple(map(int, line.split())) for line in text.splitlines()))


def php(*options):
    """The command of a PHP that php-code-coverage measures."""
    words = ["pcov.directory=/", f"auto_prepend_file={PROGRAMS}/prepended.php", *options]
    return ["/usr/bin/php", *(part for word in words for part in ("-d", word))]


def php_counts(folder, _):
    """A line's count is the number of processes that have run it."""
    command = ["/usr/bin/php", PROGRAMS / "counts.php", folder]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return add({}, (tuple(map(int, line.split())) for line in text.splitlines()))


def php_runtime(options, **variables):
    # The extension with posix_kill() and pcntl_exec() calls libc past every preloaded library.
    ends = ("kill self", "exec")
    return Runtime(
        script(*php(*options), PROGRAMS / "server.php"),
        lambda folder: {"COVERAGE_FOLDER": str(folder), **variables, **GRACE},
        php_counts,
        ends,
        lost=ends,
    )


OWN_ENDS = ("_exit", "kill self", "exec")

LANGUAGES = {
    # Ruby turns these signals into an exception, so SimpleCov stores its result without covenv, too.
    "Ruby": Runtime(
        script("/usr/bin/ruby", PROGRAMS / "server.rb"), ruby_variables, ruby_counts, OWN_ENDS, lost=("exec",),
        is_talkative=True,
    ),
    "Perl": Runtime(
        script("/usr/bin/perl", PROGRAMS / "server.pl"),
        lambda folder: {"PERL5OPT": f"-MDevel::Cover=-db,{folder}/cover_db", **GRACE},
        perl_counts,
        OWN_ENDS,
    ),
    "PHP": php_runtime(["xdebug.mode=off"]),
    "PHP-Xdebug": php_runtime(["pcov.enabled=0"], XDEBUG_MODE="coverage"),
}
# Ends at which a runtime keeps its counts without covenv.
KEPT_BARE = {
    "Ruby": ("terminate()", "SIGINT", "SIGHUP", "SIGUSR1"),
    "Perl": ("exec",),  # Devel::Cover writes before an exec
    "PHP": (),
    "PHP-Xdebug": (),
}
# What the server does at the time of its end: the last words that it is told.
WAYS = {
    "Ruby": ("busy", "threads", "threads busy", "births", "accept", "sleep", "join", "threads sleep", "system"),
    "Perl": ("busy", "accept", "sleep", "system"),
    "PHP": ("busy", "loop", "generator", "accept", "select", "sleep", "system"),
    "PHP-Xdebug": ("busy", "loop", "generator", "sleep"),
}
