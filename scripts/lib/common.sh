# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the scripts beside this folder, with ROOT set to the top of the checkout.

LOGS=${ROOT:?}/build/logs

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# relative PATH: as seen from the checkout, which is where people stand.
relative() { printf '%s' "${1#"$ROOT"/}"; }

# logged NAME COMMAND...: what it prints goes to a log, which is shown only if it fails.
logged() {
  local name=$1 log status
  shift
  mkdir -p "$LOGS"
  log=$LOGS/$name.log
  # Not `|| status=$?`: bash ignores `set -e` in whatever stands left of that, function bodies included.
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if ((status != 0)); then
    printf '\n' >&2
    tail -n 40 "$log" >&2
    fail "$name failed ($status), all of its output is in $(relative "$log")"
  fi
}

# step TITLE NAME COMMAND...: a progress line, then `logged`.
step() {
  say "- $1"
  shift
  logged "$@"
}
