# SPDX-License-Identifier: MIT
"""Another system's files as a root of its own: build/distributions/NAME, which scripts/test --full makes, with a layer of
the test's above them, so that what runs there leaves them as they are."""

import os
import subprocess
from pathlib import Path

import pytest
from shop import SHOP

DISTRIBUTIONS = Path(__file__).resolve().parents[2] / "build" / "distributions"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Mounts and processes end with the shell, which is the first process of its namespace, and waits for what is orphaned.
ENTER = r"""
base=$1 layer=$2
[ "$3" = online ] || ip link set lo up
if [ -n "$4" ]; then
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  printf %s "$4" >/proc/sys/fs/binfmt_misc/register
fi
mount -t overlay overlay -o "lowerdir=$base,upperdir=$layer/own,workdir=$layer/work" "$layer/root"
mount -t proc proc "$layer/root/proc"
mount --rbind /dev "$layer/root/dev"
mount -t tmpfs tmpfs "$layer/root/dev/shm"
shift 4
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$layer/root$1"; else mkdir -p "$layer/root${1%/*}"; : >"$layer/root$1"; fi
  mount --bind "$1" "$layer/root$1"
  shift
done
shift
chroot "$layer/root" "$@" || exit
"""
# How the kernel knows a program of aarch64 (ELF's header and its mask), and what runs it. A user namespace has a list of
# emulators of its own, so this machine's stays as it is.
QEMU = (r":covenv:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
        r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
        ":/usr/bin/qemu-aarch64-static:OCF")


class Root:
    """A writable copy of build/distributions/`name`. `folder` (empty) holds the copy's changes, as `folder`/own.

    If its programs are those of aarch64 (the name ends in -arm64), qemu runs them.
    """

    path = PATH

    def __init__(self, name, folder):
        self._emulator = QEMU if name.endswith("-arm64") else ""
        self.base = DISTRIBUTIONS / name
        if not (self.base / ".stamp").exists():
            pytest.fail(f"{self.base} is missing: scripts/test --full makes it")
        self.folder = folder
        for part in "own", "work", "root":
            (folder / part).mkdir(parents=True)

    def words(self, *binds, online=False):
        """The words before a command by which it runs in the root, among processes and in a network of the root's own.

        Each of `binds` (a Path) is there as well, in the same place. `online`: in the network of this machine. A command
        begins in the folder /.
        """
        sudo = [] if os.geteuid() == 0 else ["sudo", "-E"]
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if online else ["--net"])]
        if self._emulator:
            unshare += ["--user", "--map-root-user"]
        enter = ["sh", "-ec", ENTER, "sh", str(self.base), str(self.folder), "online" if online else "", self._emulator]
        return [*sudo, *unshare, *enter, *map(str, binds), "--"]

    def result(self, *command, binds=(), env={}, online=False):
        """The CompletedProcess of a command; its stderr is part of stdout. Only `env` and PATH are in its environment."""
        words = [*self.words(*binds, online=online), "env", "--ignore-environment", self.path, "HOME=/root",
                 *(f"{name}={value}" for name, value in env.items()), *map(str, command)]
        return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=900, check=False)

    def run(self, *command, **options):
        """What a command prints, which has to succeed. The options are those of result()."""
        done = self.result(*command, **options)
        assert done.returncode == 0, f"{command} failed ({done.returncode}):\n{done.stdout}"
        return done.stdout

    def files(self):
        """The paths of all that is in the root and in no file system of the kernel's."""
        found = self.run("find", "/", "-xdev", "-not", "-path", "/tmp/*")
        return set(found.splitlines())


def shop_in(root, *command, binds=(), env={}):
    """The percentage of the shop's server that the shop's suite measures in `root`, below `command`, as a whole number."""
    script = """
        folder=$(mktemp -d) && cp -r "$0/." "$folder" && cd "$folder" && printf '[run]\\nsource = .\\n' >.coveragerc
        env "$@" -p no:cacheprovider --cov --cov-report=json >log 2>&1 || { cat log; exit 1; }
        python3 -c 'import json; print(int(json.load(open("coverage.json"))["files"]["server.py"]["summary"]["percent_covered"]))'
        rm -r "$folder"
    """
    assignments = [f"{name}={value}" for name, value in env.items()]
    words = command or ("python3", "-m", "pytest")
    return int(root.run("sh", "-ec", script, SHOP, *assignments, *words, binds=[SHOP, *binds]))
