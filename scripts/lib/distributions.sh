# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2016
# Roots of other releases of Debian, under build/distributions, each with its own Python and the newest coverage for that
# Python; needs common.sh, packages.sh and venvs.sh.

DISTRIBUTIONS=$(readlink -m -- "$ROOT/build/distributions")
# NAME:RELEASE:COMMAND, which makes it.
ROOTS=(
  bullseye:bullseye:make_own bookworm:bookworm:make_own trixie:trixie:make_own sid:sid:make_own
  trixie-arm64:trixie:make_arm64
)
# What pip leaves out for a Python before 3.11, because it asks the one that runs.
FOR_OLD_PYTHONS=(exceptiongroup tomli typing-extensions)

# add_coverage FOLDER PLATFORM: beside Debian's own modules, for its /usr/bin/python3. Nothing runs in the root.
add_coverage() {
  local version
  version=$(basename "$1"/usr/lib/python3.?*)
  "$VENVS/tools/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --target "$1/usr/local/lib/$version/dist-packages" --upgrade --implementation cp \
    --python-version "${version#python}" --platform "manylinux2014_$2" --platform "manylinux_2_28_$2" \
    coverage pytest pytest-cov "${FOR_OLD_PYTHONS[@]}"
}

# make_distribution FOLDER RELEASE OPTIONS...: by debootstrap, with these options of its.
make_distribution() {
  local folder=$1 release=$2 mirror
  shift 2
  mirror=$(apt-get indextargets --format '$(SITE)' | grep '/debian$' | head -n 1)
  as_root debootstrap --variant=minbase --include=python3 "$@" "$release" "$folder" "$mirror"
}

make_own() {
  make_distribution "$@"
  add_coverage "$1" "$(uname -m)"
}

# No program of the root runs here, so the packages are unpacked, and not configured. What Python compiles is the same on
# each machine, and below qemu takes minutes: the Python of build/distributions/RELEASE compiles it.
make_arm64() {
  local package modules
  make_distribution "$@" --foreign --arch=arm64
  for package in "$1"/var/cache/apt/archives/*.deb; do
    as_root dpkg -x "$package" "$1"
  done
  add_coverage "$1" aarch64
  modules=$(cd "$1" && printf '%s ' usr/lib/python3.?* usr/local/lib/python3.?*)
  as_root unshare --mount sh -ec "mount --bind '$1' '$DISTRIBUTIONS/$2/mnt'
    cd '$DISTRIBUTIONS/$2/mnt' && exec chroot '$DISTRIBUTIONS/$2' sh -c 'cd mnt && python3 -m compileall -q -s /mnt -p / $modules'"
}

# need_distributions: all of them.
need_distributions() {
  local root name release command folder
  mkdir -p "$DISTRIBUTIONS"
  for root in "${ROOTS[@]}"; do
    IFS=: read -r name release command <<<"$root"
    folder=$DISTRIBUTIONS/$name
    [[ -f $folder/.stamp ]] && continue
    as_root rm -rf "$folder"
    step "unpacking build/distributions/$name" "distribution-$name" "$command" "$folder" "$release"
    touch "$folder/.stamp"
  done
}
