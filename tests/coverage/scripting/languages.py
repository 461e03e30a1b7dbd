# SPDX-License-Identifier: MIT
"""Scripting languages whose runtimes measure: the server of each, where its counts go, and how they are read."""

import json
import os
import shlex
import stat
import subprocess
from pathlib import Path

from newer_root import INSIDE
from runtimes import Runtime, add

PROGRAMS = Path(__file__).resolve().parent / "programs"
# Longer than users have it, for machines under load: Devel::Cover's write takes a tenth of a second of processor time.
GRACE = {"COVENV_GRACE": "20s"}


def script(*command):
    """build(): a shell script that becomes the server, so that any start can start it without arguments."""

    def build(folder):
        program = folder / "server"
        program.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, command))}\n")
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


def printed_counts(command):
    clean = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "PERL5OPT")}
    text = subprocess.run(command, env=clean, capture_output=True, text=True, check=True).stdout
    return add({}, (tuple(map(int, line.split())) for line in text.splitlines()))


def perl_runtime(inside=()):
    def counts(folder, _):
        database = folder / "cover_db"
        is_there = (database / "runs").exists()
        return printed_counts([*inside, "/usr/bin/perl", PROGRAMS / "counts.pl", database]) if is_there else {}

    return Runtime(
        script(*inside, "/usr/bin/perl", PROGRAMS / "server.pl"),
        lambda folder: {"PERL5OPT": f"-MDevel::Cover=-db,{folder}/cover_db", **GRACE},
        counts,
        OWN_ENDS,
    )


def ruby_runtime(inside=()):
    # Ruby turns these signals into an exception, so SimpleCov stores its result without covenv, too.
    server = script(*inside, "/usr/bin/ruby", PROGRAMS / "server.rb")
    return Runtime(server, ruby_variables, ruby_counts, OWN_ENDS, lost=("exec",), is_talkative=True)


def php(*options):
    """The command of a PHP that php-code-coverage measures."""
    words = ["pcov.directory=/", f"auto_prepend_file={PROGRAMS}/prepended.php", *options]
    return ["/usr/bin/php", *(part for word in words for part in ("-d", word))]


def php_runtime(options, inside=(), lost=("kill self", "exec"), **variables):
    """lost: before PHP 8.4 the extension with posix_kill() calls libc past every preloaded library (RTLD_DEEPBIND)."""
    return Runtime(
        script(*inside, *php(*options), PROGRAMS / "server.php"),
        lambda folder: {"COVERAGE_FOLDER": str(folder), **variables, **GRACE},
        # A line's count is the number of processes that have run it.
        lambda folder, _: printed_counts([*inside, "/usr/bin/php", PROGRAMS / "counts.php", folder]),
        ("kill self", "exec"),
        lost=lost,
    )


OWN_ENDS = ("_exit", "kill self", "exec")

LANGUAGES = {
    "Ruby": ruby_runtime(),
    "Perl": perl_runtime(),
    "PHP": php_runtime(["xdebug.mode=off"]),
    "PHP-Xdebug": php_runtime(["pcov.enabled=0"], XDEBUG_MODE="coverage"),
}
# The same, newer, in build/roots (--full).
NEWER = {
    "Ruby-3.3": ("Ruby", ruby_runtime(INSIDE)),
    "Perl-5.40": ("Perl", perl_runtime(INSIDE)),
    "PHP-8.4": ("PHP", php_runtime(["xdebug.mode=off"], INSIDE, lost=("exec",))),
    "PHP-8.4-Xdebug": ("PHP-Xdebug", php_runtime(["pcov.enabled=0"], INSIDE, lost=("exec",), XDEBUG_MODE="coverage")),
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

SHOWN = list(LANGUAGES)  # in the table
for name, (older, runtime) in NEWER.items():
    LANGUAGES[name], KEPT_BARE[name], WAYS[name] = runtime, KEPT_BARE[older], WAYS[older]
