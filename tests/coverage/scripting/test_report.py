# SPDX-License-Identifier: MIT
"""What `covenv run` says of Ruby, Perl and PHP programs: saved before a kill, or lost for the true reason."""

import json
import os
import platform
import subprocess
import sys

import pytest
from languages import LANGUAGES, PROGRAMS, php
from no_room import sandboxed
from place import AMOUNTS, RUNNER

# Kills the program at once, or when it is inside the operation that gives nothing back: when it waits for a lock
# (Ruby), or has computed for a while since its last word (Perl).
KILLER = """
import os, subprocess, sys
until, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert server.stdout.readline() == b"ready\\n"
facts = lambda name: open(f"/proc/{server.pid}/{name}").read()
ticks = lambda: int(facts("stat").rpartition(")")[2].split()[11])
first = ticks()
while until == "waits" and facts("syscall").split()[0] != FUTEX: pass
while until == "computes" and ticks() < first + 10: pass
server.kill()
print(server.wait())
""".replace("FUTEX", repr(str({"x86_64": 202, "aarch64": 98}[platform.machine()])))
SHORT = {"COVENV_GRACE": "500ms"}


@pytest.fixture
def told(tmp_path, covenv):
    """told(language, server, command...): the report's process of that server, killed once."""

    def run(language, server, *command, **variables):
        report = tmp_path / "report.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        told_to_measure = LANGUAGES[language].variables(tmp_path) if language else {}
        subprocess.run(
            [covenv, "run", "--report", report, "--", sys.executable, *map(str, command)],
            cwd=tmp_path,
            env={**kept, **told_to_measure, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        processes = json.loads(report.read_text())["processes"]
        measured = [process for process in processes if process["measured"]]
        [found] = [process for process in measured if (process["program"] or "").endswith(server)]
        return found

    return run


@pytest.mark.parametrize("language, server", [("Ruby", "ruby"), ("Perl", "perl"), ("PHP", "php")])
@pytest.mark.parametrize("end", ["kill()", "killpg()"])
def test_save_is_told(language, server, end, told, programs):
    process = told(language, server, RUNNER, "Popen(env={})", end, programs[language], *AMOUNTS)
    assert process["loss"] is None
    assert [save["why"] for save in process["saves"]] == ["kill"]


# Kills the server, and once more when it has died, and is not yet reaped.
KILLS_TWICE = """
import os, signal, subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert server.stdout.readline() == b"ready\\n"
os.kill(server.pid, signal.SIGKILL)
os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
os.kill(server.pid, signal.SIGKILL)
print(server.wait())
"""


@pytest.mark.parametrize("language, server", [("Ruby", "ruby"), ("Perl", "perl"), ("PHP", "php")])
def test_a_second_kill_of_what_has_died_takes_nothing_back(language, server, told, programs):
    process = told(language, server, "-c", KILLS_TWICE, programs[language])
    assert process["loss"] is None
    assert [save["why"] for save in process["saves"]] == ["kill"]


@pytest.mark.parametrize("what, reason, word", [
    ("plain", "no-file", "Coverage alone"),
    ("unmerged", "no-file", "use_merging"),
    ("unwritable", "save-failed", "SimpleCov raised"),
    ("busy", "runtime-busy", "between two instructions"),
])
def test_what_ruby_loses_is_told(what, reason, word, told):
    until = "waits" if what == "busy" else "now"
    command = ["-c", KILLER, until, "/usr/bin/ruby", PROGRAMS / "lost.rb", what]
    process = told(None if what == "plain" else "Ruby", "ruby", *command, **SHORT if what == "busy" else {})
    assert process["loss"]["reason"] == reason
    assert word in process["loss"]["text"]


@pytest.fixture
def ruby_without_room(tmp_path):
    script = tmp_path / "ruby-without-room"
    script.write_text(sandboxed("/usr/bin/ruby"))
    script.chmod(0o755)
    return script


def test_a_ruby_without_room_for_a_saver_is_told_by_what_it_has_loaded(ruby_without_room, told):
    """No variable says that it measures."""
    process = told(None, "ruby", "-c", KILLER, "now", ruby_without_room, PROGRAMS / "lost.rb", "plain")
    assert process["saves"] == [] and process["loss"]["reason"] == "no-room"


def test_a_ruby_without_room_that_does_not_measure_loses_nothing(ruby_without_room, tmp_path, covenv):
    report = tmp_path / "report.json"
    killer = [sys.executable, "-c", KILLER, "now", ruby_without_room, PROGRAMS / "lost.rb", "bare"]
    subprocess.run([covenv, "run", "--report", report, "--", *killer], capture_output=True, check=True)
    (process,) = [one for one in json.loads(report.read_text())["processes"] if (one["program"] or "").endswith("/ruby")]
    assert not process["measured"] and process["loss"] is None


# A constant would be computed as the program is compiled.
CRYPT = '$| = 1; print "ready\\n"; my $word = "x"; crypt $word, q($6$rounds=999999999$salt$)'
DIES = '$| = 1; { no warnings; *Devel::Cover::DB::write = sub { die } } print "ready\\n"; <STDIN>'


@pytest.mark.parametrize("code, reason, word", [
    (CRYPT, "runtime-busy", "end of an operation"),
    (DIES, "save-failed", "Devel::Cover died"),
])
def test_what_perl_loses_is_told(code, reason, word, told):
    is_busy = reason == "runtime-busy"
    until = "computes" if is_busy else "now"
    process = told("Perl", "perl", "-c", KILLER, until, "/usr/bin/perl", "-e", code, **SHORT if is_busy else {})
    assert process["loss"]["reason"] == reason
    assert word in process["loss"]["text"]


COLLECT = 'pcov\\start(); register_shutdown_function(fn () => pcov\\collect());'
XDEBUG = "xdebug_start_code_coverage(); register_shutdown_function(fn () => xdebug_get_code_coverage());"
HASH = "hash_pbkdf2('sha512', 'word', 'salt', 2000000000);"
RUNNING = """
$class = new ReflectionClass(SebastianBergmann\\CodeCoverage\\CodeCoverage::class);
$coverage = $class->newInstanceWithoutConstructor();
$class->getProperty("currentId")->setValue($coverage, "x");
"""
THROWS = RUNNING + "register_shutdown_function(function () use ($coverage) { throw new Exception(); });"
FATAL = THROWS.replace("throw new Exception()", "static $times = 0; if (!$times++) str_repeat('x', 1 << 30)")


# prepended: code of the file of auto_prepend_file. code: the program's own.
@pytest.mark.parametrize("options, prepended, code, reason, word", [
    (["xdebug.mode=off"], "", COLLECT, "no-file", "one list of shutdown functions"),
    (["xdebug.mode=coverage", "pcov.enabled=0"], "", XDEBUG, "no-file", "one list of shutdown functions"),
    (["xdebug.mode=off"], THROWS, "", "save-failed", "threw"),
    (["xdebug.mode=off", "memory_limit=64M"], FATAL, "", "save-failed", "threw"),
    (["xdebug.mode=off"], "", HASH, "runtime-busy", "no call of PHP"),
], ids=["pcov", "Xdebug", "throws", "fatal error", "busy"])
def test_what_php_loses_is_told(options, prepended, code, reason, word, told, tmp_path):
    prepend = tmp_path / "prepended.php"
    prepend.write_text(f"<?php require 'SebastianBergmann/CodeCoverage/autoload.php'; {prepended}")
    is_busy = code == HASH
    program = tmp_path / "program.php"
    program.write_text(
        f"<?php register_shutdown_function(function () {{ touch('{tmp_path}/ended'); }});\n"
        f"{'' if is_busy else code}\n"
        f"include '{PROGRAMS}/work.php'; work(3); echo \"ready\\n\";\n"
        f"{code if is_busy else ''} fgets(STDIN);"
    )
    command = [*php(*options, f"auto_prepend_file={prepend}"), program]
    process = told(None, "php", "-c", KILLER, "computes" if is_busy else "now", *command, **SHORT if is_busy else {})
    assert process["loss"]["reason"] == reason
    assert word in process["loss"]["text"]
    assert not (tmp_path / "ended").exists(), "no line of the program runs after the kill"


def test_a_php_that_is_set_to_measure_and_does_not_loses_nothing(tmp_path, covenv):
    (tmp_path / "prepended.php").write_text("<?php")
    (tmp_path / "program.php").write_text('<?php echo "ready\\n"; fgets(STDIN);')
    report = tmp_path / "report.json"
    server = [*php("xdebug.mode=off", f"auto_prepend_file={tmp_path}/prepended.php"), tmp_path / "program.php"]
    killer = [sys.executable, "-c", KILLS_TWICE, *server]
    subprocess.run([covenv, "run", "--report", report, "--", *killer], capture_output=True, check=True)
    (process,) = [one for one in json.loads(report.read_text())["processes"] if "php" in (one["program"] or "")]
    assert not process["measured"] and process["loss"] is None


@pytest.mark.parametrize("language", ["Ruby", "Perl", "PHP"])
def test_forked_child_that_executes_a_program_is_no_loss(language, tmp_path, covenv):
    command = {
        "Ruby": ["/usr/bin/ruby", "-e", "Process.wait(fork { exec '/bin/true' })"],
        "Perl": ["/usr/bin/perl", "-e", "system '/bin/true'"],
        "PHP": [*php("xdebug.mode=off"), "-r", "system('/bin/true');"],
    }[language]
    report = tmp_path / "report.json"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    subprocess.run(
        [covenv, "run", "--report", report, "--", *command],
        cwd=tmp_path,
        env={**kept, **LANGUAGES[language].variables(tmp_path)},
        capture_output=True,
        check=True,
    )
    processes = json.loads(report.read_text())["processes"]
    assert any("true" in (process["program"] or "") for process in processes)
    assert [process["loss"] for process in processes if process["loss"]] == []


LEAVES = """
import subprocess, sys
print(subprocess.run(sys.argv[1:], timeout=60).returncode)
"""


@pytest.mark.parametrize("hangs", ["1 while 1", "sleep 1000", "select(undef, undef, undef, 1000)"])
def test_a_perl_that_leaves_is_held_no_longer_than_the_grace(hangs, told):
    """Its save does not end. The signal that ends the wait is one that a Perl with a saver handles."""
    code = f"no warnings; *Devel::Cover::_report = sub {{ {hangs} }}; POSIX::_exit(5)"
    process = told("Perl", "perl", "-c", LEAVES, "/usr/bin/perl", "-MPOSIX", "-e", code, **SHORT)
    assert process["end"] == {"how": "exit", "code": 5}
    assert process["loss"] is not None and not any(save["ok"] for save in process["saves"])


def ended(libcovenv, tmp_path, script, *command):
    """What a preloaded script prints that runs the Ruby server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, command)],
        cwd=tmp_path,
        env={**kept, **LANGUAGES["Ruby"].variables(tmp_path), "COVENV_GRACE": "1s", "LD_PRELOAD": str(libcovenv)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_no_lock_of_simplecov_is_waited_for_longer_than_the_grace(libcovenv, tmp_path, programs):
    """Another process holds it until the Ruby that leaves has ended."""
    script = """
import fcntl, subprocess, sys
lock = open(".resultset.json.lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
server.stdin.write(b"_exit\\n")
server.stdin.flush()
print(server.wait())
"""
    assert ended(libcovenv, tmp_path, script, programs["Ruby"]) == "3\n"


def test_the_results_of_others_stay_with_their_owner_and_mode(libcovenv, tmp_path, programs):
    results = tmp_path / ".resultset.json"
    other = {"suite": {"coverage": {}, "timestamp": 1}}
    results.write_text(json.dumps(other))
    results.chmod(0o640)
    os.chown(results, 65534, 65534)
    script = """
import subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert server.stdout.readline() == b"ready\\n"
server.kill()
print(server.wait())
"""
    assert ended(libcovenv, tmp_path, script, programs["Ruby"]) == "-9\n"
    assert ended(libcovenv, tmp_path, script, programs["Ruby"]) == "-9\n"
    stored = json.loads(results.read_text())
    assert stored["suite"] == other["suite"] and len(stored) == 3, "however old, a result is never removed"
    assert (results.stat().st_uid, results.stat().st_mode & 0o777) == (65534, 0o640)


def test_php_server_that_is_killed_during_a_request(tmp_path, libcovenv):
    """What earlier requests have run is written by PHP itself, at the end of each."""
    (tmp_path / "page.php").write_text(
        f"<?php include '{PROGRAMS}/work.php'; work(3); touch('{tmp_path}/begun'); if (isset($_GET['wait'])) sleep(100);"
    )
    killer = """
import os, socket, subprocess, sys, time, urllib.request
free = socket.create_server(("127.0.0.1", 0))
port = free.getsockname()[1]
free.close()
server = subprocess.Popen([*sys.argv[1:], "-S", f"127.0.0.1:{port}"], stdout=-3, stderr=-1)
while b"started" not in server.stderr.readline(): pass
if os.environ.get("FIRST"):
    print(urllib.request.urlopen(f"http://127.0.0.1:{port}/page.php").status)
else:
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"GET /page.php?wait=1 HTTP/1.0\\r\\n\\r\\n")
    while not os.path.exists("begun"): pass
server.kill()
print(server.wait())
"""
    command = [sys.executable, "-c", killer, *php("xdebug.mode=off")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
    php_server = LANGUAGES["PHP"]
    for first, said in (("", "-9\n"), ("1", "200\n-9\n")):
        folder = tmp_path / f"data{first}"
        folder.mkdir()
        (tmp_path / "begun").unlink(missing_ok=True)
        variables = {**kept, **php_server.variables(folder), "FIRST": first, "LD_PRELOAD": str(libcovenv)}
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout == said
        assert any(php_server.counts(folder, None).values())
