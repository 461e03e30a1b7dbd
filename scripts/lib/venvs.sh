# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Virtual environments under build/venvs; needs common.sh.

# Through a link: they hold their own path, and several checkouts may share them.
VENVS=$(readlink -m -- "$ROOT/build/venvs")
STACKS=(pytest-cov-6 pytest-cov-7)
# For tests/coverage/matrix alone.
OLD_STACKS=(pytest-cov-4 pytest-cov-5)

# For tests/coverage/journal alone, each if there is such a Python: journal-3.8 and so on.
OTHER_PYTHONS=(3.8 3.9 3.10 3.11 3.12 3.13 3.14)

# other_python VERSION: the newest one of pyenv's, else what has this name; fails if there is none.
other_python() {
  local found
  found=$(printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python | sort --version-sort | tail -n 1)
  [[ -x $found ]] || found=$(command -v "python$1") || return 1
  # Its name may be a script of pyenv's that knows of no such version.
  "$found" -c 'import ensurepip, venv' 2>/dev/null && printf '%s' "$found"
}

# other_stacks: the names of the virtual environments that can be made of other Pythons.
other_stacks() {
  local version
  for version in "${OTHER_PYTHONS[@]}"; do
    if other_python "$version" >/dev/null; then printf 'journal-%s\n' "$version"; fi
  done
}

# newest_other_stack: that of the newest one of them, by which sys.monitoring is tested; none if there is none.
newest_other_stack() { other_stacks | tail -n 1; }

# requirements NAME: the file that says what is in the virtual environment NAME.
requirements() {
  case $1 in
    suites | tools | wheel) printf '%s' "$ROOT/scripts/requirements/$1.txt" ;;
    journal-*) printf '%s' "$ROOT/tests/coverage/journal/requirements.txt" ;;
    newest) printf '%s' "$ROOT/tests/coverage/late_start/requirements.txt" ;;
    programs) printf '%s' "$ROOT/tests/coverage/python_programs/requirements.txt" ;;
    foreign) printf '%s' "$ROOT/tests/world/upstream_suites/requirements.txt" ;;
    company) printf '%s' "$ROOT/tests/world/neighbours/requirements.txt" ;;
    report) printf '%s' "$ROOT/tests/commands/report/requirements.txt" ;;
    *) printf '%s' "$ROOT"/tests/*/*/stacks/"$1"/requirements.txt ;;
  esac
}

# base_python NAME: Debian's own where Debian's packages have to go with it.
base_python() {
  case $1 in
    foreign) printf /usr/bin/python3.11 ;;
    journal-*) other_python "${1#journal-}" ;;
    *) printf python3 ;;
  esac
}

# A moved checkout or another interpreter breaks a virtual environment as surely as new requirements outdate it.
venv_stamp() {
  printf '%s\n' "$VENVS/$1"
  "$(base_python "$1")" -c 'import sys; print(sys.base_prefix, sys.version)'
  cat "$(requirements "$1")"
}

make_venv() {
  "$(base_python "$1")" -m venv --clear "$VENVS/$1"
  "$VENVS/$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$(requirements "$1")"
}

# outdate_venv NAME: need_venvs makes it anew, with the versions of today.
outdate_venv() { rm -f -- "$VENVS/$1/.stamp"; }

# need_venvs NAME...: makes those that are missing or out of date.
need_venvs() {
  local name stamp wanted lock
  mkdir -p "$VENVS"
  # The demo and the tests may start at the same time.
  exec {lock}>"$VENVS/.lock"
  flock "$lock"
  for name; do
    stamp=$VENVS/$name/.stamp
    wanted=$(venv_stamp "$name")
    [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && continue
    step "installing build/venvs/$name" "venv-$name" make_venv "$name"
    printf '%s\n' "$wanted" >"$stamp"
  done
  exec {lock}>&-
}
