# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Source distributions of what a virtual environment holds, for the tests in them, under build/sources; needs
# common.sh and venvs.sh.

SOURCES=$ROOT/build/sources
FULL_SOURCES=(coverage)

# pinned NAME: the line of tests/foreign's requirements that says which version.
pinned() {
  grep "^$1==" "$(requirements foreign)"
}

unpack_source() {
  local archive=$SOURCES/.$1
  rm -rf "$archive" "${SOURCES:?}/$1"
  mkdir -p "$archive" "$SOURCES/$1"
  "$VENVS/foreign/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
    --dest "$archive" "$2"
  tar -xzf "$archive"/*.tar.gz -C "$SOURCES/$1" --strip-components 1
  rm -r "$archive"
}

# need_sources NAME...: unpacks those that are missing or of another version.
need_sources() {
  local name stamp wanted
  for name; do
    stamp=$SOURCES/$name/.stamp
    wanted=$(pinned "$name")
    [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && continue
    step "unpacking build/sources/$name" "source-$name" unpack_source "$name" "$wanted"
    printf '%s\n' "$wanted" >"$stamp"
  done
}
