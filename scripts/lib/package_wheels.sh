# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Wheels, made of the source distribution in dist/; needs package_source.sh.
#
# The programs are static and the library needs nothing by a version, so one wheel serves glibc from 2.17 on, and musl.

WHEEL_BYTES=$((3 * 1024 * 1024))

# wheel_of FOLDER TAG SETTINGS...: pip makes a wheel of the source distribution, by scikit-build-core's settings.
wheel_of() {
  local folder=$1 settings=(--config-settings "wheel.tags=$2") setting
  shift 2
  [[ -f $DIST/covenv-$VERSION.tar.gz ]] ||
    fail "dist/covenv-$VERSION.tar.gz is missing: run scripts/package --only sdist"
  for setting; do settings+=(--config-settings "$setting"); done
  rm -rf "$folder"
  "$VENVS/wheel/bin/python" -m pip wheel --disable-pip-version-check --no-build-isolation --no-deps --no-index \
    --no-cache-dir --wheel-dir "$folder" "${settings[@]}" "$DIST/covenv-$VERSION.tar.gz"
}

make_wheel_any() {
  local folder=$ROOT/build/package/wheel-any
  wheel_of "$folder" py3-none-any wheel.cmake=false
  take_wheel "$folder" py3-none-any
}

# make_wheel ARCHITECTURE
make_wheel() {
  local architecture=$1 folder=$ROOT/build/package/wheel-$1
  local tags settings
  tags=py3-none-manylinux2014_$architecture.manylinux_2_17_$architecture.musllinux_1_1_$architecture
  [[ -f $SBOMS/covenv-$architecture.spdx.json ]] ||
    fail "there is no bill of materials: run scripts/package --only sbom"
  settings=(
    "build-dir=$folder-build"
    "cmake.define.COVENV_METADATA=$SBOMS/$architecture"
  )
  [[ $architecture == "$(uname -m)" ]] ||
    settings+=("cmake.define.CMAKE_TOOLCHAIN_FILE=$COMMIT_SOURCE/scripts/lib/$architecture.cmake")
  rm -rf "$folder-build"
  wheel_of "$folder" "$(sed 's/\./;py3-none-/g' <<<"$tags")" "${settings[@]}"
  check_platform "$folder/covenv-$VERSION-$tags.whl" "$architecture"
  take_wheel "$folder" "$tags"
}

# check_platform WHEEL ARCHITECTURE: auditwheel takes the files for an old libc of each kind, and the size is bounded.
check_platform() {
  local promise copy size
  for promise in manylinux_2_17 musllinux_1_1; do
    # auditwheel looks at one libc at a time: that of the file's name.
    copy=${1%/*}/covenv-$VERSION-py3-none-${promise}_$2.whl
    ln "$1" "$copy"
    "$VENVS/wheel/bin/python" "$ROOT/scripts/lib/audit_wheel.py" "$copy" "$promise"
    rm "$copy"
  done
  size=$(stat --format=%s "$1")
  ((size <= WHEEL_BYTES)) || fail "${1##*/} has $size bytes, more than $WHEEL_BYTES"
}

# take_wheel FOLDER TAGS: the one wheel in it, into dist/, where it replaces the one before.
take_wheel() {
  "$VENVS/wheel/bin/python" -m twine check --strict "$1/covenv-$VERSION-$2.whl"
  mv "$1/covenv-$VERSION-$2.whl" "$DIST"
}
