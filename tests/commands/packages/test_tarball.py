# SPDX-License-Identifier: MIT
"""The archive for any Linux: it works in each folder in which it is unpacked."""

import re
import subprocess

import pytest
from conftest import made
from root import shop_in


def unpacked(archive, folder):
    """The one folder that is in the archive."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    (top,) = folder.iterdir()
    return top


def headers(file):
    return subprocess.run(["readelf", "--wide", "--file-header", "--program-headers", file], capture_output=True, text=True,
                          check=True).stdout


def test_what_is_in_it(tarball, tmp_path):
    top = unpacked(tarball, tmp_path / "here")
    assert re.fullmatch(r"covenv-[0-9.]+-linux-\w+", top.name) and tarball.name == f"{top.name}.tar.xz"
    assert {path.name for path in top.iterdir()} == {"bin", "lib", "share", "LICENSE", "README.md", "CHANGELOG.md"}
    for program in "covenv", "sigforward":
        assert "INTERP" not in headers(top / "bin" / program), "it is static"
    assert (top / "share/man/man1/sigforward.1").exists()


def test_the_same_sources_are_the_same_bytes(tarball, tmp_path):
    assert made("package_tarball.sh", tmp_path).read_bytes() == tarball.read_bytes()


def test_another_machines_archive_holds_its_programs(tmp_path):
    archive = made("package_tarball.sh", tmp_path / "dist", "aarch64")
    assert archive.name.endswith("-linux-aarch64.tar.xz")
    top = unpacked(archive, tmp_path / "here")
    for file in "bin/covenv", "bin/sigforward", "lib/libcovenv.so":
        assert re.search("Machine: +AArch64", headers(top / file)), file


@pytest.mark.parametrize("place", ["opt", "home/user/a/b", "tmp"])
def test_it_works_where_it_is_unpacked(tarball, tmp_path, place):
    top = unpacked(tarball, tmp_path / place.replace("/", "-"))
    library = subprocess.run([top / "bin" / "covenv", "env"], capture_output=True, text=True, check=True).stdout
    assert library == f"export LD_PRELOAD='{top}/lib/libcovenv.so'\n"


def test_it_keeps_the_shop(tarball, tmp_path, root):
    top = unpacked(tarball, tmp_path / "here")
    covenv = (top / "bin" / "covenv", "run", "--", "python3", "-m", "pytest")
    assert shop_in(root) == 0
    assert shop_in(root, *covenv, binds=[top]) == 100
