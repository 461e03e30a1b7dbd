# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The second part of `scripts/demo --all`: one suite with a server each in C++, Rust, Go and Python; needs what demo
# sources.

COMPILED=$ROOT/tests/coverage/counters
COMPILED_PACKAGES=(gcovr llvm-14 llvm-19)
COMPILED_COMMANDS=(go:golang-go rustc:rustc)
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
}

# run_compiled FOLDER [NAME=VALUE]
run_compiled() {
  local folder=$1 python=$VENVS/$COMPILED_STACK/bin/python
  shift
  cd "$folder"
  env --default-signal=INT "$@" LLVM_PROFILE_FILE="$folder/%p.profraw" GOCOVERDIR="$folder/go-data" \
    SERVERS="$(printf '%s\n' "$folder/gcov/server" "$folder/rust-server" "$folder/go-server" "$python $folder/server.py")" \
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
  rm -rf "$folder"
  for how in bare covenv; do
    step "compiling servers in C++, Rust and Go" "demo-compile-$how" compile_servers "$folder/$how"
  done
  step "one suite for all of them: pytest" demo-compiled-bare run_compiled "$folder/bare"
  step "LD_PRELOAD=libcovenv.so pytest" demo-compiled-covenv run_compiled "$folder/covenv" LD_PRELOAD="$LIBRARY"
  say ""
  printf '  %-38s %8s %8s\n' "coverage of work.*" bare covenv "--------------------------------------" -------- --------
  for language in gcov rust go python; do
    bare=$("percent_of_$language" "$folder/bare")
    kept=$("percent_of_$language" "$folder/covenv")
    printf '  %-38s %8s %8s\n' "$(title_of "$language")" "$bare %" "$kept %"
    ((bare < 50)) || failures+=("$language: $bare % without covenv")
    ((kept >= 75)) || failures+=("$language: $kept % with covenv")
  done
  say ""
  ((${#failures[@]} == 0)) || fail "$(printf '%s; ' "${failures[@]}")see $(relative "$LOGS")/demo-*.log"
}

title_of() {
  case $1 in
    gcov) printf 'C++: g++ --coverage, gcovr' ;;
    rust) printf 'Rust: -C instrument-coverage, llvm-cov' ;;
    go) printf 'Go: go build -cover, covdata' ;;
    python) printf 'Python: pytest-cov' ;;
  esac
}
