# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Debian packages; needs common.sh.

BUILD_PACKAGES=(
  g++ cmake ninja-build
  libboost-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libgtest-dev libgmock-dev
  python3 python3-venv
)

# musl-tools: one library serves glibc and musl. aarch64, qemu: it is written for that machine too. gcc-12-multilib: a
# 32-bit program must not notice it. redis-tools: a database that is killed. Allocators: their first calls come before
# any constructor. chromium: it shows the page of a report. strace: who is traced is killed, too. The last lines: what
# else is preloaded, what stands between a test and its programs, and what programs are made of or held in.
CHECK_PACKAGES=(
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14
  git binutils groff-base man-db musl-tools gcc-12-multilib g++-12-multilib chromium redis-tools strace valgrind
  g++-aarch64-linux-gnu qemu-user-static
  libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4
  eatmydata fakechroot fakeroot faketime
  busybox fish make openssh-client sudo zsh
  bubblewrap libcap2-bin
  libdevel-cover-perl php-cli php-codecoverage php-pcov php-xdebug ruby-simplecov
)
# COMMAND:PACKAGE, for what need not be Debian's.
CHECK_COMMANDS=(
  go:golang-go javac:default-jdk-headless mvn:maven node:nodejs npm:npm perl:perl ruby:ruby
)

# Other people's tests, what unpacks and builds those that are in no package, and other systems.
FULL_PACKAGES=(
  bundler curl debootstrap dpkg-dev gcovr iproute2 libpython3.11-dev libpython3.11-testsuite libtest-sharedfork-perl
  lintian llvm-19 mono-mcs perl ruby-dev ruby-minitest ruby-minitest-stub-const ruby-nio4r ruby-rack ruby-rspec ruby3.1
)
FULL_COMMANDS=(cargo:cargo rustc:rustc)

# What scripts/bench/inits puts beside sigforward. libprotoc32: what Bazel's process-wrapper needs of what its package
# asks for, which is a whole JDK.
INIT_PACKAGES=(catatonit dumb-init libprotoc32 tini)

# What scripts/bench/run puts beside covenv, and measures with.
BENCH_PACKAGES=(
  "${INIT_PACKAGES[@]}" bear binutils clang-14 fakechroot fakeroot faketime hyperfine libbenchmark-dev make proot strace
  valgrind
)

# What scripts/package cross-compiles with, and writes the manual pages of that machine by.
PACKAGE_PACKAGES=(g++-aarch64-linux-gnu git lintian qemu-user-static)

# missing_packages NAME...: one a line. Reads dpkg's records only, so it costs nothing when all is there.
missing_packages() {
  local name status
  for name; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) || status=
    [[ $status == installed ]] || printf '%s\n' "$name"
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "neither root nor sudo: run as root: $*"
  fi
}

apt_install() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  # A fresh machine's lists are empty or old.
  as_root "${apt[@]}" update
  as_root "${apt[@]}" install --no-install-recommends "$@"
}

# need_packages NAME...
need_packages() {
  local missing
  command -v dpkg-query >/dev/null || fail "this is no Debian: install by hand what these name: $*"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) && return
  step "installing ${missing[*]}" packages apt_install "${missing[@]}"
}

# need_commands COMMAND:PACKAGE...: the packages of those that are not there in any way.
need_commands() {
  local pair missing=()
  for pair; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  ((${#missing[@]} == 0)) && return
  need_packages "${missing[@]}"
}
