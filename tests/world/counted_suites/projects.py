# SPDX-License-Identifier: MIT
"""Projects of other people, one in a language, whose own tests start and kill their programs.

scripts/lib/sources.sh has built the compiled ones with their compiler's counters.
"""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "build" / "sources"
BUILT = ROOT / "build" / "foreign"
DEADLINE = 900  # seconds
# A network of their own, because servers of these projects listen on every address, and on fixed ports.
APART = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


class Project:
    """run() runs the tests, and returns their verdicts (sorted texts). percent(), after run() with the same folder, is
    how much of the program has run by the language's own tool: of its lines, or statements."""

    name = None
    verdict = None  # finds a verdict's texts in the output
    at_least = 1  # verdicts
    # With covenv, and how much of that there is without.
    kept, bare = 0, 0
    apart = APART

    def command(self):
        raise NotImplementedError

    def variables(self, folder):
        return {}

    def percent(self, folder):
        raise NotImplementedError

    def run(self, folder, prefix):
        folder.mkdir()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "LD_PRELOAD"))}
        done = subprocess.run(
            [*self.apart, *prefix, *map(str, self.command())],
            cwd=self.source,
            env=environment | self.variables(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=DEADLINE,
            check=False,
        )
        (folder / "output.txt").write_text(done.stdout)
        return sorted(" ".join(match) for match in self.verdict.findall(done.stdout))


class Googletest(Project):
    """C++, gcc: death tests, whose children end by _exit(), abort() and signals that they send to themselves."""

    name = "googletest"
    verdict = re.compile(r"^\[ +(OK|FAILED) \] (\S+)", re.M)
    at_least = 75
    source = BUILT / "googletest" / "googletest"
    bare, kept = 78, 80

    def command(self):
        return ["sh", "-c", "./googletest-death-test-test; ./gtest-death-test_ex_catch_test"]

    def run(self, folder, prefix):
        for old in self.source.parent.rglob("*.gcda"):
            old.unlink()
        return super().run(folder, prefix)

    def percent(self, folder):
        chosen = ["--root", SOURCES / "googletest", "--filter", ".*src/gtest-death-test.cc"]
        tool = ["gcovr", *chosen, "--json-summary", "-", "."]
        done = subprocess.run(tool, cwd=self.source.parent, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["line_percent"]


class Dufs(Project):
    """Rust: a file server that almost each of its tests starts, and kills."""

    name = "dufs"
    verdict = re.compile(r"^test (\S+) \.\.\. (\w+)", re.M)
    at_least = 200
    source = SOURCES / "dufs"
    bare, kept = 30, 85

    def command(self):
        return ["cargo", "test", "--locked", "--offline", "--no-fail-fast"]

    def variables(self, folder):
        return {
            "RUSTC_WORKSPACE_WRAPPER": str(BUILT / "dufs" / "rustc-counted"),
            "CARGO_TARGET_DIR": str(BUILT / "dufs" / "target"),
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "LLVM_PROFILE_FILE": f"{folder}/%p.profraw",
        }

    def percent(self, folder):
        profile = folder / "merged.profdata"
        merge = ["llvm-profdata-19", "merge", "-failure-mode=all", "-o", profile]
        subprocess.run([*merge, *folder.glob("*.profraw")], check=True)
        program = BUILT / "dufs" / "target" / "debug" / "dufs"
        tool = ["llvm-cov-19", "export", "--summary-only", program, "-instr-profile", profile, self.source / "src"]
        done = subprocess.run(tool, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["data"][0]["totals"]["lines"]["percent"]


class NodeExporter(Project):
    """Go: a server that a shell script starts, asks and kills. That script fails alike bare, because the module has not
    all files of the repository: its verdicts are which lines differ from those that it expects, without their values.

    The tests in Go kill the server as well, by the kernel alone, so that is lost.
    """

    name = "node_exporter"
    verdict = re.compile(r"^(--- \w+:|[-+]\w+) ?(\w*)", re.M)
    at_least = 500
    source = SOURCES / "node_exporter"
    bare, kept = 0, 40

    def command(self):
        tests = "go test -count=1 -vet=off -v -run 'TestFileDescriptorLeak|TestHandlingOfDuplicatedMetrics' ."
        return ["bash", "-c", f"bash end-to-end-test.sh; {tests}"]

    def variables(self, folder):
        asked = ["go", "env", "-json", "GOMODCACHE", "GOCACHE"]
        known = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
        return {**known, "GOFLAGS": "", "GOPATH": str(BUILT / "node_exporter"), "GOCOVERDIR": str(folder)}

    def percent(self, folder):
        if not list(folder.glob("covcounters.*")):
            return 0
        text = folder / "counts.txt"
        subprocess.run(["go", "tool", "covdata", "textfmt", f"-i={folder}", f"-o={text}"], check=True)
        blocks = {}
        for line in text.read_text().splitlines()[1:]:
            block, statements, count = line.split()
            blocks[block] = (int(statements), count != "0" or blocks.get(block, (0, False))[1])
        return 100 * sum(size for size, ran in blocks.values() if ran) / sum(size for size, _ in blocks.values())


class TestTcp(Project):
    """Perl: a module that forks servers for tests, and ends them by TERM. Measured is the code of its tests, in which the
    servers are. Nothing is built."""

    name = "Test-TCP"
    verdict = re.compile(r"^ *(not ok|ok) (\d+)", re.M)
    at_least = 100
    source = SOURCES / "libtest-tcp-perl"
    bare, kept = 92, 93

    def command(self):
        return ["prove", "-lv", "-r", "t"]

    def variables(self, folder):
        return {"PERL5OPT": f"-MDevel::Cover=-db,{folder}/cover_db,-silent,1,-select,^t/,+ignore,^/", "COVENV_GRACE": "20s"}

    def percent(self, folder):
        show = (
            "use Devel::Cover::DB; my $cover = Devel::Cover::DB->new(db => shift)->merge_runs->cover; my ($ran, $all) = (0, 0);"
            "for my $name (grep m{(^|/)t/}, $cover->items) { my $statements = $cover->file($name)->statement;"
            "for my $line ($statements->items) { $all++, $ran += !!$_->covered for @{$statements->location($line)} } }"
            "print $all ? 100 * $ran / $all : 0"
        )
        command = ["perl", "-e", show, folder / "cover_db"]
        return float(subprocess.run(command, cwd=self.source, capture_output=True, text=True, check=True).stdout)


class Puma(Project):
    """Ruby: a web server that its tests start, and a master that kills each worker that hangs. SimpleCov measures all
    processes; a fork tells SimpleCov of itself, because SimpleCov does not see Kernel#fork. Measured is what workers
    alone run; each of them hangs as it starts.
    """

    name = "puma"
    # Beside what servers write in between.
    verdict = re.compile(r"(Test\w+#\w+) = (?:(?!Test\w+#).)*?[\d.]+ s = (\S)$", re.M | re.S)
    at_least = 7
    source = BUILT / "puma"
    bare, kept = 10, 25
    tests = {
        "single": "int_refuse prefer_rackup_file_specified_by_cli puma_started_log_writing term_suppress "
        "usr2_restart_restores_environment write_to_log",
        "cluster": "worker_boot_timeout",
    }

    def command(self):
        runs = (
            f"ruby -Ilib -Itest test/test_integration_{kind}.rb --verbose --seed 1 -n '/^test_({'|'.join(names.split())})$/'"
            for kind, names in self.tests.items()
        )
        return ["sh", "-c", "; ".join(runs)]

    def variables(self, folder):
        start = folder / "simplecov_start.rb"
        start.write_text(f"""
require 'simplecov'
SimpleCov.root '{self.source}'
SimpleCov.coverage_dir '{os.path.relpath(folder, self.source)}'
SimpleCov.filters.clear
SimpleCov.add_filter {{ |file| !file.filename.start_with?('{self.source}/lib/') }}
SimpleCov.formatter Class.new {{ def format(_); end }}
SimpleCov.command_name "puma #{{Process.pid}}"
SimpleCov.start
Process.singleton_class.prepend(Module.new do
  def _fork = super.tap {{ |child| SimpleCov.at_fork.call(Process.pid) if child.zero? }}
end)
""")
        return {"RUBYOPT": f"-r{start}", "COVENV_GRACE": "20s"}

    def percent(self, folder):
        path = str(self.source / "lib" / "puma" / "cluster" / "worker.rb")
        results = json.loads((folder / ".resultset.json").read_text()).values()
        measured = [result["coverage"][path]["lines"] for result in results if path in result["coverage"]]
        lines = [counts for counts in zip(*measured, strict=True) if None not in counts]
        return 100 * sum(any(counts) for counts in lines) / len(lines)


PROJECTS = [Googletest(), Dufs(), NodeExporter(), TestTcp(), Puma()]
