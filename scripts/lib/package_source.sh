# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The commit that scripts/package packs, its source distribution and its bills of materials; needs common.sh, venvs.sh.

DIST=$ROOT/dist
# What is packed lies here: the commit, and not what has changed in the checkout.
COMMIT_SOURCE=$ROOT/build/package/source
SBOMS=$ROOT/build/package/sboms

# take_commit: sets COMMIT, VERSION and SOURCE_DATE_EPOCH, and unpacks the commit. Files of another commit leave dist/.
take_commit() {
  COMMIT=$(git rev-parse HEAD) || fail "this is no checkout of git's: a commit is packed"
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
  umask 022
  [[ -z $(git status --porcelain --untracked-files=no) ]] || say "- changes that are not committed are not packed"
  [[ -f $DIST/.commit && $(<"$DIST/.commit") == "$COMMIT" ]] || rm -rf "$DIST"
  rm -rf "$COMMIT_SOURCE"
  mkdir -p "$DIST" "$COMMIT_SOURCE" "$SBOMS"
  printf '%s\n' "$COMMIT" >"$DIST/.commit"
  git archive "$COMMIT" | tar -x -C "$COMMIT_SOURCE"
  VERSION=$(sed -n 's/^project(covenv VERSION \([0-9.]*\).*/\1/p' "$COMMIT_SOURCE/CMakeLists.txt")
  grep -q "^## $VERSION" "$COMMIT_SOURCE/CHANGELOG.md" ||
    fail "CHANGELOG.md has no heading for $VERSION, the version in CMakeLists.txt"
}

make_sdist() {
  rm -f "$DIST"/covenv-*.tar.gz
  "$VENVS/wheel/bin/python" -m build --sdist --no-isolation --outdir "$DIST" "$COMMIT_SOURCE"
  "$VENVS/wheel/bin/python" -m twine check --strict "$DIST/covenv-$VERSION.tar.gz"
}

# make_sbom: what is linked into the programs, for each architecture, as SPDX says it; and the licences of all that.
make_sbom() {
  local architecture
  for architecture in x86_64 aarch64; do
    "$VENVS/wheel/bin/python" "$ROOT/scripts/lib/sbom.py" "$architecture" "$VERSION" "$COMMIT" "$SBOMS"
    "$VENVS/wheel/bin/pyspdxtools" --infile "$SBOMS/covenv-$architecture.spdx.json"
    cp "$SBOMS/covenv-$architecture.spdx.json" "$DIST/covenv-$VERSION-$architecture.spdx.json"
  done
}

# make_from_commit SCRIPT ARCHITECTURE: runs one of scripts/lib, as the commit has it.
make_from_commit() { "$COMMIT_SOURCE/scripts/lib/$1" "$DIST" "$2"; }

# make_deb ARCHITECTURE
make_deb() {
  make_from_commit package_deb.sh "$1"
  lintian --allow-root --fail-on error --no-tag-display-limit "$DIST/covenv_$VERSION-1_$1.deb"
}

make_checksums() {
  cd "$DIST"
  rm -f SHA256SUMS
  printf '%s\n' * | LC_ALL=C sort | xargs -d '\n' sha256sum >"$ROOT/build/package/SHA256SUMS"
  mv "$ROOT/build/package/SHA256SUMS" .
}

# make_again: the same steps in a clone in another folder, by other settings of the user; then the bytes are compared.
# Without ccache, which could hand out what the first time has compiled.
make_again() {
  local place=$ROOT/build/package/again options=() name
  for name in "${ONLY[@]}"; do options+=(--only "$name"); done
  rm -rf "$place"
  git clone --quiet "$ROOT" "$place"
  git -C "$place" checkout --quiet --detach "$COMMIT"
  mkdir "$place/build"
  ln -s "$VENVS" "$place/build/venvs"
  say "- all of these once more, in $(relative "$place")"
  (
    umask 077
    CCACHE_DISABLE=1 TZ=Asia/Tokyo LC_ALL=C PYTHONHASHSEED=7 HOME=$place/build "$place/scripts/package" "${options[@]}"
  )
  for name in "$place"/dist/*; do
    cmp "$name" "$DIST/${name##*/}" ||
      fail "${name##*/} is another one at the second time: see $(relative "$place")/dist"
  done
  say "- the same bytes, both times"
}
