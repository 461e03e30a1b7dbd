#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The programs and the library for any Linux, as covenv-VERSION-linux-MACHINE.tar.xz in DIST. They work in each folder in
# which they are unpacked.
#   scripts/lib/package_tarball.sh DIST [x86_64|aarch64]
# The same sources are the same bytes, of SOURCE_DATE_EPOCH or the last commit.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=common.sh
source "$ROOT/scripts/lib/common.sh"
# shellcheck source=package_build.sh
source "$ROOT/scripts/lib/package_build.sh"

(($# == 1 || $# == 2)) || fail "called with DIST, and x86_64 or aarch64 if that is not this machine's"
mkdir -p "$1"
DIST=$(cd -- "$1" && pwd)
MACHINE=${2:-$(uname -m)}
[[ $MACHINE == x86_64 || $MACHINE == aarch64 ]] || fail "no such machine: $MACHINE (there are x86_64 and aarch64)"
BUILD=$ROOT/build/package/$MACHINE
NAME=covenv-$VERSION-linux-$MACHINE

pack() {
  local stage=$BUILD-tarball
  build_for "$MACHINE" "$BUILD" /usr/local lib
  rm -rf "$stage"
  cmake --install "$BUILD" --prefix "$stage/$NAME"
  mv "$stage/$NAME/share/doc/covenv/LICENSE" "$stage/$NAME"
  rmdir -p --ignore-fail-on-non-empty "$stage/$NAME/share/doc/covenv"
  install -m 644 -t "$stage/$NAME" "$ROOT/README.md" "$ROOT/CHANGELOG.md"
  chmod -R u=rwX,go=rX "$stage"
  tar -C "$stage" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -c "$NAME" |
    xz -9 --threads=1 >"$DIST/$NAME.tar.xz"
}

step "packing $NAME.tar.xz" "package-tarball-$MACHINE" pack
