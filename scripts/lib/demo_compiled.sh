# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The second part of `scripts/demo --all`: one suite with a server each in C++, Rust, Go, Node, Java, Ruby, Perl and
# Python; needs what demo sources.

LANGUAGES=$ROOT/tests/coverage
COMPILED=$LANGUAGES/counters
COMPILED_PACKAGES=(gcovr libdevel-cover-perl llvm-14 llvm-19 ruby-simplecov)
COMPILED_COMMANDS=(
  go:golang-go javac:default-jdk-headless mvn:maven node:nodejs npm:npm perl:perl ruby:ruby rustc:rustc
)
COMPILED_STACK=pytest-cov-7

# compile_servers FOLDER: each in the folder in which its data are to land.
compile_servers() {
  local folder=$1
  mkdir -p "$folder/gcov"
  cp "$COMPILED"/programs/{work.h,work.cc,server.cc} "$folder/gcov"
  cp "$COMPILED"/suite/*.py "$folder"
  (cd "$folder/gcov" && g++ -g --coverage -c work.cc && g++ -g --coverage -c server.cc && g++ --coverage -o server work.o server.o)
  rustc -C instrument-coverage -o "$folder/rust-server" "$COMPILED/programs/server.rs"
  mkdir -p "$folder/go-data"
  (cd "$COMPILED/programs/goserver" &&
    GOFLAGS='' GOTOOLCHAIN=local GOCACHE=$ROOT/build/go-cache go build -cover -o "$folder/go-server" .)
  rm -f "$folder"/*.profraw  # of the compiler itself
  javac -g -XDignore.symbol.file -d "$folder/classes" "$LANGUAGES"/jvm/programs/*.java
  cat >"$folder/simplecov_start.rb" <<RUBY
require 'simplecov'
SimpleCov.root '$LANGUAGES/scripting/programs'
SimpleCov.coverage_dir '$(realpath --relative-to="$LANGUAGES/scripting/programs" "$folder")'
SimpleCov.formatter Class.new { def format(_); end }
SimpleCov.start
RUBY
}

# servers FOLDER: their commands, one a line.
servers() {
  printf '%s\n' "$1/gcov/server" "$1/rust-server" "$1/go-server" "$VENVS/$COMPILED_STACK/bin/python $1/server.py" \
    "$(command -v node) $LANGUAGES/node/programs/server.js" "$(command -v java) -cp $1/classes Server" \
    "$(command -v ruby) $LANGUAGES/scripting/programs/server.rb" "$(command -v perl) $LANGUAGES/scripting/programs/server.pl"
}

# run_compiled FOLDER [NAME=VALUE]
run_compiled() {
  local folder=$1 python=$VENVS/$COMPILED_STACK/bin/python
  shift
  cd "$folder"
  env --default-signal=INT "$@" LLVM_PROFILE_FILE="$folder/%p.profraw" GOCOVERDIR="$folder/go-data" \
    NODE_V8_COVERAGE="$folder/v8" JAVA_TOOL_OPTIONS="-javaagent:$JACOCO/agent.jar=destfile=$folder/jacoco.exec" \
    RUBYOPT="-r$folder/simplecov_start.rb" PERL5OPT="-MDevel::Cover=-silent,1,-db,$folder/cover_db" \
    SERVERS="$(servers "$folder")" \
    "$python" -m pytest -p no:cacheprovider --cov=. --cov-report=json
}

# Each prints a whole number: the percentage of the lines of work.* that the language's own tool reports.
percent_of_gcov() {
  gcovr --root "$1/gcov" --filter '.*work[.]cc' --json-summary - 2>/dev/null |
    python3 -c 'import json, sys; print(int(json.load(sys.stdin)["line_percent"]))'
}

percent_of_rust() {
  local version
  for version in 19 14; do  # each reads the profiles of its own kind alone
    "llvm-profdata-$version" merge -o "$1/rust.profdata" "$1"/*.profraw || continue
    "llvm-cov-$version" export --summary-only "$1/rust-server" -instr-profile "$1/rust.profdata" |
      python3 -c '
import json, sys
[file] = [file for file in json.load(sys.stdin)["data"][0]["files"] if file["filename"].endswith("work.rs")]
print(int(file["summary"]["lines"]["percent"]))'
    return
  done 2>/dev/null
  printf 0  # the files are empty or missing
}

percent_of_go() {
  compgen -G "$1/go-data/covcounters.*" >/dev/null || { printf 0; return; }
  (cd "$COMPILED/programs/goserver" && go tool covdata textfmt -i="$1/go-data" -o="$1/go.txt")
  python3 - "$1/go.txt" <<'PY'
import sys

blocks = {}
with open(sys.argv[1]) as lines:
    for line in list(lines)[1:]:
        block, statements, count = line.split()
        if "/work.go:" in block:
            blocks[block] = (int(statements), int(count) > 0 or blocks.get(block, (0, False))[1])
print(int(100 * sum(size for size, ran in blocks.values() if ran) / sum(size for size, _ in blocks.values())))
PY
}

percent_of_node() {
  [[ -d $1/v8 ]] || { printf 0; return; }
  (cd "$LANGUAGES/node/programs" && "$NPM/node/node_modules/.bin/c8" report --temp-directory "$1/v8" --reports-dir "$1/c8" \
    --reporter json-summary --include work.js >/dev/null)
  python3 -c 'import json, sys; print(int(json.load(open(sys.argv[1]))["total"]["lines"]["pct"]))' "$1/c8/coverage-summary.json"
}

percent_of_java() {
  [[ -s $1/jacoco.exec ]] || { printf 0; return; }
  java -jar "$JACOCO/cli.jar" report "$1/jacoco.exec" --classfiles "$1/classes" --csv "$1/jacoco.csv" >/dev/null
  python3 - "$1/jacoco.csv" <<'PY'
import csv
import sys

with open(sys.argv[1]) as rows:
    [work] = [row for row in csv.DictReader(rows) if row["CLASS"] == "Work"]
missed, covered = int(work["LINE_MISSED"]), int(work["LINE_COVERED"])
print(100 * covered // (missed + covered))
PY
}

percent_of_ruby() {
  [[ -f $1/.resultset.json ]] || { printf 0; return; }
  python3 - "$1/.resultset.json" <<'PY'
import json
import sys

with open(sys.argv[1]) as results:
    files = [coverage for result in json.load(results).values() for coverage in result["coverage"].items()]
lines = [file["lines"] for name, file in files if name.endswith("work.rb")]
counts = [sum(counts) for counts in zip(*lines) if None not in counts]
print(100 * sum(count > 0 for count in counts) // len(counts))
PY
}

percent_of_perl() {
  [[ -d $1/cover_db/runs ]] || { printf 0; return; }
  perl "$LANGUAGES/scripting/programs/counts.pl" "$1/cover_db" | awk '{total += 1; ran += $2 > 0} END {print int(100 * ran / total)}'
}

percent_of_python() {
  python3 - "$1/coverage.json" <<'PY'
import json
import sys

with open(sys.argv[1]) as report:
    print(int(json.load(report)["files"]["work.py"]["summary"]["percent_covered"]))
PY
}

# demo_compiled: prints the table, and fails unless each language gains what the promise says.
demo_compiled() {
  local how language bare kept folder=$ROOT/build/demo/compiled
  local failures=()
  need_packages "${COMPILED_PACKAGES[@]}"
  need_commands "${COMPILED_COMMANDS[@]}"
  need_npm node
  need_jacoco
  rm -rf "$folder"
  for how in bare covenv; do
    step "compiling servers in C++, Rust, Go and Java" "demo-compile-$how" compile_servers "$folder/$how"
  done
  step "one suite for all of them: pytest" demo-compiled-bare run_compiled "$folder/bare"
  step "LD_PRELOAD=libcovenv.so pytest" demo-compiled-covenv run_compiled "$folder/covenv" LD_PRELOAD="$LIBRARY"
  say ""
  printf '  %-38s %8s %8s\n' "coverage of work.*" bare covenv "--------------------------------------" -------- --------
  for language in gcov rust go node java ruby perl python; do
    bare=$("percent_of_$language" "$folder/bare")
    kept=$("percent_of_$language" "$folder/covenv")
    printf '  %-38s %8s %8s\n' "$(title_of "$language")" "$bare %" "$kept %"
    ((bare < 50)) || failures+=("$language: $bare % without covenv")
    ((kept >= 70)) || failures+=("$language: $kept % with covenv")
  done
  say ""
  ((${#failures[@]} == 0)) || fail "$(printf '%s; ' "${failures[@]}")see $(relative "$LOGS")/demo-*.log"
}

title_of() {
  case $1 in
    gcov) printf 'C++: g++ --coverage, gcovr' ;;
    rust) printf 'Rust: -C instrument-coverage, llvm-cov' ;;
    go) printf 'Go: go build -cover, covdata' ;;
    node) printf 'Node: NODE_V8_COVERAGE, c8' ;;
    java) printf 'Java: JaCoCo' ;;
    ruby) printf 'Ruby: SimpleCov' ;;
    perl) printf 'Perl: Devel::Cover' ;;
    python) printf 'Python: pytest-cov' ;;
  esac
}
