# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2016
# Other people's sources, for the tests in them, under build/sources; needs common.sh, packages.sh and venvs.sh.

SOURCES=$ROOT/build/sources

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
  "$VENVS/foreign/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
    --dest "$1/.archive" "$2"
  tar -xzf "$1"/.archive/*.tar.gz -C "$1" --strip-components 1
  rm -r "$1/.archive"
}

# from_debian FOLDER SOURCE/RELEASE: with Debian's patches. The machine's own lists of packages stay as they are.
from_debian() {
  local apt=$1/.apt file
  mkdir -p "$apt/parts" "$apt/lists/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -f $file ]] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/${file##*/}"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f $file ]] && sed -n 's/^deb /deb-src /p' "$file" >"$apt/parts/${file##*/}.list"
  done
  local apt_get=(apt-get -q -y -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/parts"
    -o "Dir::State::Lists=$apt/lists")
  "${apt_get[@]}" update
  cd "$apt"
  "${apt_get[@]}" source "$2"
  find . -mindepth 2 -maxdepth 2 -path './*-*/*' -exec mv -t "$1" {} +
  rm -r "$apt"
}

# debian_glibc FOLDER RELEASE: the C library of another release and what is compiled with it, unpacked, not installed.
debian_glibc() {
  local apt=$1/.apt mirror package
  mirror=$(apt-get indextargets --format '$(SITE)' | head -n 1)
  mkdir -p "$apt/parts" "$apt/lists/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$2" \
    >"$apt/parts/own.list"
  local apt_get=(apt-get -q -y -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/parts"
    -o "Dir::State::Lists=$apt/lists")
  "${apt_get[@]}" update
  cd "$apt"
  "${apt_get[@]}" download "libc6/$2" "libc6-dev/$2" "linux-libc-dev/$2"
  for package in ./*.deb; do
    dpkg -x "$package" "$1"
  done
  # An absolute link leads out of here.
  ln -sfn ../lib/x86_64-linux-gnu/ld-2.31.so "$1/lib64/ld-linux-x86-64.so.2"
  rm -r "$apt"
}

# What CPython's test_embed runs; Debian's packages leave it out, and without it almost all of that is skipped.
make_testembed() {
  local programs=$VENVS/foreign/bin/Programs
  mkdir -p "$programs"
  gcc -w -DPy_BUILD_CORE -I/usr/include/python3.11 -I/usr/include/python3.11/internal \
    -o "$programs/_testembed" "$SOURCES/python3.11/Programs/_testembed.c" -lpython3.11
}

# need_foreign_sources: all of them.
need_foreign_sources() {
  local release
  need_source coverage "$(grep '^coverage==' "$(requirements foreign)")" from_pypi
  need_source glibc-2.31 bullseye debian_glibc
  # As released: mirrors of the security updates do not all have the sources, and the tests are the same.
  release=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  need_source python3.11 "python3.11/$release" from_debian
  [[ -x $VENVS/foreign/bin/Programs/_testembed ]] || step "building _testembed" testembed make_testembed
}
