#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Debian package, as covenv_VERSION-1_ARCHITECTURE.deb in DIST.
#   scripts/lib/package_deb.sh DIST [amd64|arm64]
# The same sources are the same bytes, of SOURCE_DATE_EPOCH or the last commit.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=common.sh
source "$ROOT/scripts/lib/common.sh"
# shellcheck source=package_build.sh
source "$ROOT/scripts/lib/package_build.sh"

(($# == 1 || $# == 2)) || fail "called with DIST, and amd64 or arm64 if that is not this machine's"
mkdir -p "$1"
DIST=$(cd -- "$1" && pwd)
case $(uname -m) in
  aarch64) ARCHITECTURE=${2:-arm64} ;;
  *) ARCHITECTURE=${2:-amd64} ;;
esac
case $ARCHITECTURE in
  amd64) MACHINE=x86_64 ;;
  arm64) MACHINE=aarch64 ;;
  *) fail "no such architecture: $ARCHITECTURE (there are amd64 and arm64)" ;;
esac
BUILD=$ROOT/build/package/$MACHINE
STAGE=$BUILD-deb
FILES=$ROOT/scripts/lib/debian

# As dpkg-buildpackage does: the compressed files carry no date of their own.
stage() {
  local doc=$STAGE/usr/share/doc/covenv info=$STAGE/usr/lib/python3/dist-packages/covenv-$VERSION.dist-info
  rm -rf "$STAGE"
  DESTDIR=$STAGE cmake --install "$BUILD"
  rm "$doc/LICENSE"
  install -m 644 "$FILES/copyright" "$doc/copyright"
  sed 's/^/ /; s/^ $/ ./' <(sed 1,4d "$ROOT/LICENSE") >>"$doc/copyright"
  gzip -9n <"$ROOT/CHANGELOG.md" >"$doc/changelog.gz"
  debian_changelog | gzip -9n >"$doc/changelog.Debian.gz"
  gzip -9n "$STAGE"/usr/share/man/man1/*
  install -D -m 644 "$FILES/lintian-overrides" "$STAGE/usr/share/lintian/overrides/covenv"
  mv "$STAGE/usr/share/zsh/site-functions" "$STAGE/usr/share/zsh/vendor-completions"
  # The plugin of every Python of Debian's; it does nothing unless --covenv asks for it.
  install -D -m 644 -t "$STAGE/usr/lib/python3/dist-packages/covenv" "$ROOT"/wrapper/python/covenv/*.py
  mkdir "$info"
  printf 'debian\n' >"$info/INSTALLER"
  printf 'Metadata-Version: 2.1\nName: covenv\nVersion: %s\n' "$VERSION" >"$info/METADATA"
  sed -n 's/^\[project\.entry-points\.\(.*\)\]$/[\1]/p; s/^covenv = "\(covenv\..*\)"$/covenv = \1/p' \
    "$ROOT/pyproject.toml" >"$info/entry_points.txt"
  chmod -R u=rwX,go=rX "$STAGE"
  find "$STAGE" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

debian_changelog() {
  printf 'covenv (%s-1) unstable; urgency=medium\n\n  * changelog.gz says what is new.\n\n -- %s  %s\n' \
    "$VERSION" "$(sed -n 's/^set(CPACK_DEBIAN_PACKAGE_MAINTAINER "\(.*\)")$/\1/p' "$FILES/cpack.cmake")" \
    "$(LC_ALL=C date --utc --date="@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')"
}

pack() {
  build_for "$MACHINE" "$BUILD" /usr "lib/$MACHINE-linux-gnu"
  stage
  cd "$BUILD"
  rm -rf packed
  cpack -G DEB --config "$FILES/cpack.cmake" -B packed -D "CPACK_PACKAGE_VERSION=$VERSION" \
    -D "CPACK_DEBIAN_PACKAGE_ARCHITECTURE=$ARCHITECTURE" -D "CPACK_INSTALLED_DIRECTORIES=$STAGE;/"
  mv packed/*.deb "$DIST"
}

step "packing covenv_$VERSION-1_$ARCHITECTURE.deb" "package-deb-$ARCHITECTURE" pack
