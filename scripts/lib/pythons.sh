# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Pythons that no Debian has, built from Debian's source under build/pythons, each with the newest coverage and pytest;
# needs common.sh, venvs.sh and sources.sh.

PYTHONS=$ROOT/build/pythons
PYTHON_SOURCE=python3.13/trixie
# CPython built by musl-gcc takes no library of this machine, and coverage needs these two.
MUSL_CRATES=(libsqlite3-sys==0.30.1 libz-sys==1.1.20)

# build_python FOLDER OPTIONS...: with these options of configure; without what takes a build long.
build_python() {
  local folder=$1
  shift
  mkdir -p "$folder/.objects"
  (
    cd "$folder/.objects"
    "$SOURCES/python3.13/configure" -q "--prefix=$folder" --without-ensurepip --disable-test-modules OPT=-O1 "$@"
    make -s -j "$(nproc)"
    make -s install
  )
  rm -r "$folder/.objects"
}

# add_to_python FOLDER ABI PLATFORM: by a pip outside, because Python by musl-gcc has no ssl.
add_to_python() {
  local modules
  modules=$("$1/bin/python3" -c 'import site; print(site.getsitepackages()[0])')
  "$VENVS/tools/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --target "$modules" --implementation cp --python-version 3.13 --abi "$2" --abi abi3 --abi none \
    --platform "$3" coverage pytest pytest-cov
}

build_free_threaded() {
  build_python "$1" --disable-gil
  add_to_python "$1" cp313t "manylinux_2_28_$(uname -m)"
}

# musl_crate FOLDER NAME SOURCES OPTIONS...: a static library of what a crate brings along in C.
musl_crate() {
  local folder=$1 name=$2
  shift 2
  mkdir -p "$folder/$name"
  (cd "$folder/$name" && musl-gcc -w -O1 -fPIC -c "$@" && ar rcs "lib$name.a" ./*.o)
}

# gcc names glibc's folder of libraries, whichever C library musl-gcc takes, and pkg-config what is for glibc.
build_by_musl() {
  local own=$1/own triplet
  triplet=$(uname -m)-linux-musl
  mkdir -p "$own"
  printf '#!/bin/sh\n[ "$1" = --print-multiarch ] && exec echo %s\nexec musl-gcc "$@"\n' "$triplet" >"$own/cc"
  chmod +x "$own/cc"
  musl_crate "$own" sqlite3 "$SOURCES/libsqlite3-sys/sqlite3/sqlite3.c"
  musl_crate "$own" z -D_LARGEFILE64_SOURCE -DHAVE_UNISTD_H "$SOURCES"/libz-sys/src/zlib/*.c
  build_python "$1" "CC=$own/cc" "PKG_CONFIG_LIBDIR=$own" \
    "LIBSQLITE3_CFLAGS=-I$SOURCES/libsqlite3-sys/sqlite3" "LIBSQLITE3_LIBS=-L$own/sqlite3 -lsqlite3" \
    "ZLIB_CFLAGS=-I$SOURCES/libz-sys/src/zlib" "ZLIB_LIBS=-L$own/z -lz"
  add_to_python "$1" cp313 "musllinux_1_2_$(uname -m)"
}

# need_python NAME COMMAND
need_python() {
  local folder=$PYTHONS/$1
  [[ -f $folder/.stamp ]] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  step "building build/pythons/$1" "python-$1" "$2" "$folder"
  touch "$folder/.stamp"
}

# need_pythons: all of them.
need_pythons() {
  local crate
  need_source python3.13 "$PYTHON_SOURCE" from_release
  for crate in "${MUSL_CRATES[@]}"; do
    need_source "${crate%%==*}" "$crate" from_crates
  done
  need_python 3.13t build_free_threaded
  need_python 3.13-musl build_by_musl
}
