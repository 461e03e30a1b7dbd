# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2016
# Roots of other releases of Debian, under build/distributions, each with its own Python and the newest coverage for that
# Python; needs common.sh, packages.sh and venvs.sh.

DISTRIBUTIONS=$(readlink -m -- "$ROOT/build/distributions")
RELEASES=(bullseye bookworm trixie sid)
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

# make_distribution FOLDER RELEASE
make_distribution() {
  local mirror
  mirror=$(apt-get indextargets --format '$(SITE)' | grep '/debian$' | head -n 1)
  as_root debootstrap --variant=minbase --include=python3 "$2" "$1" "$mirror"
  add_coverage "$1" "$(uname -m)"
}

# need_distributions: all of them.
need_distributions() {
  local release folder
  mkdir -p "$DISTRIBUTIONS"
  for release in "${RELEASES[@]}"; do
    folder=$DISTRIBUTIONS/$release
    [[ -f $folder/.stamp ]] && continue
    rm -rf "$folder"
    step "unpacking build/distributions/$release" "distribution-$release" make_distribution "$folder" "$release"
    touch "$folder/.stamp"
  done
}
