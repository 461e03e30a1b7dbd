# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2016
# Other people's sources, for the tests in them, under build/sources, and what is built of them, under build/foreign;
# needs common.sh, packages.sh and venvs.sh.

SOURCES=$ROOT/build/sources
FOREIGN=$ROOT/build/foreign
DEBIAN_SOURCES=(bash busybox glibc googletest libtest-tcp-perl libuv1 make-dfsg ninja-build perl puma python3.11 ruby3.1)

# need_source NAME WANTED COMMAND...: where build/sources/NAME is not what WANTED says, COMMAND fills it.
need_source() {
  local folder=$SOURCES/$1 name=$1 wanted=$2
  shift 2
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "$wanted" ]] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  step "unpacking build/sources/$name" "source-$name" "$@" "$folder" "$wanted"
  printf '%s\n' "$wanted" >"$folder/.stamp"
}

# from_pypi FOLDER NAME==VERSION
from_pypi() {
  "$VENVS/tools/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
    --dest "$1/.archive" "$2"
  tar -xzf "$1"/.archive/*.tar.gz -C "$1" --strip-components 1
  rm -r "$1/.archive"
}

# from_crates FOLDER NAME==VERSION: by cargo, which takes whole crates as dependencies of another one only.
from_crates() {
  local name=${2%%==*} version=${2##*==}
  mkdir -p "$1/.asking/src"
  touch "$1/.asking/src/lib.rs"
  printf '[package]\nname = "asking"\nversion = "0.0.0"\n[dependencies]\n%s = "=%s"\n' "$name" "$version" \
    >"$1/.asking/Cargo.toml"
  cargo fetch --quiet --manifest-path "$1/.asking/Cargo.toml"
  cp -r "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-$version/." "$1"
  rm -r "$1/.asking"
}

# from_go FOLDER MODULE@VERSION
from_go() {
  local module
  module=$(go mod download -json "$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp -r "$module/." "$1"
  chmod -R u+w "$1"
}

# apt_get_of FOLDER ARGUMENTS...: apt-get on the sources that FOLDER/parts lists. The machine's own lists stay as they are.
apt_get_of() {
  local apt=$1
  shift
  apt-get -q -y -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/parts" \
    -o "Dir::State::Lists=$apt/lists" "$@"
}

# from_debian FOLDER SOURCE/RELEASE: with Debian's patches.
from_debian() {
  local apt=$1/.apt file
  mkdir -p "$apt/parts" "$apt/lists/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -f $file ]] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/${file##*/}"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f $file ]] && sed -n 's/^deb /deb-src /p' "$file" >"$apt/parts/${file##*/}.list"
  done
  unpack_source "$@"
}

# unpack_source FOLDER SOURCE/RELEASE: by the sources that FOLDER/.apt/parts lists.
unpack_source() {
  apt_get_of "$1/.apt" update
  cd "$1/.apt"
  apt_get_of "$1/.apt" source "$2"
  find . -mindepth 2 -maxdepth 2 -path './*-*/*' -exec mv -t "$1" {} +
  rm -r "$1/.apt"
}

# list_release FOLDER deb|deb-src RELEASE: apt_get_of FOLDER knows that release of Debian alone.
list_release() {
  local mirror
  mirror=$(apt-get indextargets --format '$(SITE)' | grep '/debian$' | head -n 1)
  mkdir -p "$1/parts" "$1/lists/partial"
  printf '%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$2" "$mirror" "$3" \
    >"$1/parts/own.list"
}

# from_release FOLDER SOURCE/RELEASE: with Debian's patches, from a release that need not be this machine's.
from_release() {
  list_release "$1/.apt" deb-src "${2#*/}"
  unpack_source "$@"
}

# debian_binary FOLDER: the package of that name, unpacked, not installed, and nothing of what it depends on.
debian_binary() {
  cd "$1"
  apt-get -q download "${1##*/}"
  dpkg -x ./*.deb .
  rm ./*.deb
}

# debian_glibc FOLDER RELEASE: the C library of another release and what is compiled with it, unpacked, not installed.
debian_glibc() {
  local apt=$1/.apt package
  list_release "$apt" deb "$2"
  apt_get_of "$apt" update
  cd "$apt"
  apt_get_of "$apt" download "libc6/$2" "libc6-dev/$2" "linux-libc-dev/$2"
  for package in ./*.deb; do
    dpkg -x "$package" "$1"
  done
  # An absolute link leads out of here.
  ln -sfn ../lib/x86_64-linux-gnu/ld-2.31.so "$1/lib64/ld-linux-x86-64.so.2"
  rm -r "$apt"
}

# Programs with counters, and their tests (tests/world/counted_suites).

build_googletest() {
  cmake -S "$SOURCES/googletest" -B "$1" -G Ninja -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=--coverage \
    -Dgtest_build_tests=ON -DBUILD_GMOCK=OFF
  cmake --build "$1" --target googletest-death-test-test gtest-death-test_ex_catch_test
}

# The crate's own code has counters, as with cargo-llvm-cov.
build_dufs() {
  printf '#!/bin/sh\nexec "$@" -C instrument-coverage\n' >"$1/rustc-counted"
  chmod +x "$1/rustc-counted"
  cd "$SOURCES/dufs"
  RUSTC_WORKSPACE_WRAPPER=$1/rustc-counted CARGO_TARGET_DIR=$1/target CARGO_PROFILE_DEV_DEBUG=0 \
    LLVM_PROFILE_FILE=/dev/null cargo test --locked --no-run
}

# In a GOPATH of its own, in which the tests look for the program, and in the source, where a script does.
build_node_exporter() {
  local archive
  cd "$SOURCES/node_exporter"
  for archive in sys udev; do
    bash ./ttar -C collector/fixtures -x -f "collector/fixtures/$archive.ttar"
  done
  GOFLAGS='' go build -cover -o "$1/bin/node_exporter" .
  ln -sf "$1/bin/node_exporter" node_exporter
}

# With its extension in C. Its tests hang a worker, or wait for one, for a second or two: too short on a busy machine.
build_puma() {
  cp -r "$SOURCES/puma/." "$1"
  sed -i -e 's/iterations \* timeout + 1/60/' -e 's/sleep #{timeout + 1}/sleep 60/' "$1/test/test_integration_cluster.rb"
  cd "$1/ext/puma_http11"
  ruby extconf.rb
  make
  cp puma_http11.so "$1/lib/puma"
}

# What CPython's test_embed runs; Debian's packages leave it out, and without it almost all of that is skipped.
build_testembed() {
  local programs=$VENVS/foreign/bin/Programs
  mkdir -p "$programs"
  gcc -w -DPy_BUILD_CORE -I/usr/include/python3.11 -I/usr/include/python3.11/internal \
    -o "$programs/_testembed" "$SOURCES/python3.11/Programs/_testembed.c" -lpython3.11
}

# build_with_cmake FOLDER SOURCE TARGET
build_with_cmake() {
  cmake -S "$SOURCES/$2" -B "$1" -G Ninja -DCMAKE_BUILD_TYPE=Release
  cmake --build "$1" --target "$3"
}

# What bash's and BusyBox's tests run beside the shell that is installed. Nothing in them depends on its configuration.
build_bash_helpers() {
  local source=$SOURCES/bash name
  : >"$1/config.h"
  for name in printenv recho xcase zecho; do
    gcc -w -DHAVE_STDLIB_H -DHAVE_STRING_H -DHAVE_UNISTD_H -I"$1" -I"$source" -I"$source/include" \
      -o "$1/$name" "$source/support/$name.c"
  done
}

# Those that need internals of a glibc's own build fail to build; glibc.py says how many tests there have to be.
build_glibc_tests() {
  make -C "$1" -k -j "$(nproc)" -f "$ROOT/tests/world/upstream_suites/glibc.mk" "SOURCE=$SOURCES/glibc" || true
}

# What a run without libcovenv.so preloads instead, where as many variables and libraries are to be found.
build_empty_library() { gcc -shared -nostdlib -x c -o "$1/libempty.so" /dev/null; }

# Perl's library in one folder, as its tests expect it.
link_perl_library() {
  local folder
  for folder in $(perl -MConfig -e 'print "$Config{archlib} $Config{privlib} ", grep m{/perl-base$}, @INC'); do
    # What is in two of them is the same file.
    cp -rs --no-clobber "$folder/." "$1"
  done
}

# need_built NAME COMMAND ARGUMENTS...: where build/foreign/NAME does not exist, COMMAND fills it.
need_built() {
  local folder=$FOREIGN/$1 name=$1 command=$2
  shift 2
  [[ -f $folder/.stamp ]] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  step "building build/foreign/$name" "build-$name" "$command" "$folder" "$@"
  touch "$folder/.stamp"
}

# need_foreign_sources: all of them.
need_foreign_sources() {
  local release name
  need_source coverage "$(grep '^coverage==' "$(requirements foreign)")" from_pypi
  need_source glibc-2.31 bullseye debian_glibc
  need_source dufs dufs==0.47.0 from_crates
  need_source node_exporter github.com/prometheus/node_exporter@v1.12.1 from_go
  # As released: mirrors of the security updates do not all have the sources, and the tests are the same.
  release=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  for name in "${DEBIAN_SOURCES[@]}"; do
    need_source "$name" "$name/$release" from_debian
  done
  [[ -x $VENVS/foreign/bin/Programs/_testembed ]] || step "building _testembed" testembed build_testembed
  need_built bash build_bash_helpers
  need_built empty build_empty_library
  need_built dufs build_dufs
  need_built glibc build_glibc_tests
  need_built googletest build_googletest
  need_built libuv build_with_cmake libuv1 uv_run_tests_a
  need_built ninja build_with_cmake ninja-build ninja_test
  need_built node_exporter build_node_exporter
  need_built perl link_perl_library
  need_built puma build_puma
}
