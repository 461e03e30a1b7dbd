# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Virtual environments under build/venvs; needs common.sh.

# Through a link: they hold their own path, and several checkouts may share them.
VENVS=$(readlink -m -- "$ROOT/build/venvs")
STACKS=(pytest-cov-6 pytest-cov-7)
# For tests/matrix alone.
OLD_STACKS=(pytest-cov-4 pytest-cov-5)

# requirements NAME: the file that says what is in the virtual environment NAME.
requirements() {
  case $1 in
    suites | tools | wheel) printf '%s' "$ROOT/scripts/requirements/$1.txt" ;;
    programs | foreign | company | report) printf '%s' "$ROOT/tests/$1/requirements.txt" ;;
    *) printf '%s' "$ROOT"/tests/*/stacks/"$1"/requirements.txt ;;
  esac
}

# base_python NAME: Debian's own where Debian's packages have to go with it.
base_python() {
  case $1 in
    foreign) printf /usr/bin/python3.11 ;;
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
