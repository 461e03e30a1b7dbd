# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# What packages share: a build without tests, and its dates; needs ROOT and common.sh.

# Each date in a package, so that the same sources are the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
VERSION=$(sed -n 's/^project(covenv VERSION \([0-9.]*\).*/\1/p' "$ROOT/CMakeLists.txt")

# build_for MACHINE FOLDER PREFIX LIBDIR: covenv for x86_64 or aarch64, to be installed in PREFIX. Another PREFIX in the
# same FOLDER compiles little anew.
build_for() {
  local machine=$1 folder=$2 toolchain=()
  [[ $machine == "$(uname -m)" ]] || toolchain=(--toolchain "$ROOT/scripts/lib/$machine.cmake")
  cmake -S "$ROOT" -B "$folder" -G Ninja "${toolchain[@]}" -DCMAKE_BUILD_TYPE=Release \
    "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG -ffile-prefix-map=$ROOT=." -DCOVENV_BUILD_TESTS=OFF \
    "-DCMAKE_INSTALL_PREFIX=$3" "-DCMAKE_INSTALL_LIBDIR=$4"
  cmake --build "$folder" --parallel "$(nproc)"
}
