# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The file system of a newer Debian under build/roots, for the runtimes of that release; needs common.sh,
# packages.sh and venvs.sh.

ROOTS=$ROOT/build/roots
ROOT_PACKAGES=(
  libdevel-cover-perl perl php-cli php-codecoverage php-pcov php-xdebug pypy3 pypy3-venv ruby ruby-simplecov
)

# fill_root FOLDER RELEASE
fill_root() {
  local mirror
  mirror=$(apt-get indextargets --format "\$(SITE)" | head -n 1)
  as_root debootstrap --variant=minbase "$2" "$1" "$mirror"
  as_root chroot "$1" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
    "${ROOT_PACKAGES[@]}"
  # From PyPI, because Debian has no coverage for PyPy. By a pip outside, which has this machine's certificates.
  as_root chroot "$1" pypy3 -m venv --without-pip /opt/pypy
  as_root "$VENVS/tools/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --target "$(printf '%s' "$1"/opt/pypy/lib/pypy*/site-packages)" \
    --only-binary :all: --implementation py --abi none --platform any coverage
}

# need_root RELEASE
need_root() {
  local folder=$ROOTS/$1 wanted="${ROOT_PACKAGES[*]}"
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "$wanted" ]] && return
  as_root rm -rf "$folder"
  mkdir -p "$ROOTS"
  step "installing build/roots/$1" "root-$1" fill_root "$folder" "$1"
  printf '%s\n' "$wanted" >"$folder/.stamp"
}
