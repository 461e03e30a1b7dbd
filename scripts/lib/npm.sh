# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Packages of npm's under build/npm, one folder for each package.json in scripts/requirements; needs common.sh.

NPM=$ROOT/build/npm

fill_npm() {
  mkdir -p "$NPM/$1"
  cp "$ROOT/scripts/requirements/npm-$1.json" "$NPM/$1/package.json"
  # --force: also packages of another machine.
  npm install --prefix "$NPM/$1" --force --no-audit --no-fund --loglevel=error
}

# need_npm NAME: if build/npm/NAME is not what scripts/requirements/npm-NAME.json says, npm fills it.
need_npm() {
  local wanted stamp=$NPM/$1/.stamp
  wanted=$(<"$ROOT/scripts/requirements/npm-$1.json")
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  rm -rf "${NPM:?}/$1"
  step "installing build/npm/$1" "npm-$1" fill_npm "$1"
  printf '%s\n' "$wanted" >"$stamp"
}
