# SPDX-License-Identifier: MIT
"""The Debian package: what is in it, and that it comes, works and goes in each release of Debian."""

import os
import re
import subprocess

from conftest import made
from root import shop_in

# What dpkg and ldconfig keep, and what Python has compiled of other packages.
OTHERS = re.compile(r"/var/(lib/dpkg|cache/ldconfig|log)(/.*)?|/etc/ld\.so\.cache|(?!.*/covenv/).*/__pycache__(/.*)?")


def output(*command):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout


def field(deb, name):
    return output("dpkg-deb", "--field", deb, name).strip()


def paths(deb):
    return {line.split(None, 5)[5].removeprefix("./") for line in output("dpkg-deb", "--contents", deb).splitlines()}


def test_lintian_finds_no_error(deb):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--", deb], capture_output=True, text=True)
    assert done.returncode == 0 and "E:" not in done.stdout, done.stdout + done.stderr


def test_it_depends_on_nothing(deb):
    assert field(deb, "Depends") == ""
    assert field(deb, "Architecture") == output("dpkg", "--print-architecture").strip()


def test_manuals_completions_and_licence_are_in_it(deb):
    found = paths(deb)
    assert {
        *(f"usr/share/man/man1/{name}.1.gz" for name in (
            "covenv", "covenv-run", "covenv-env", "covenv-doctor", "covenv-report", "covenv-salvage", "sigforward")),
        *(f"usr/share/{folder}" for folder in (
            "bash-completion/completions/covenv", "bash-completion/completions/sigforward",
            "zsh/vendor-completions/_covenv", "zsh/vendor-completions/_sigforward",
            "fish/vendor_completions.d/covenv.fish", "fish/vendor_completions.d/sigforward.fish")),
        *(f"usr/share/doc/covenv/{name}" for name in ("copyright", "changelog.gz", "changelog.Debian.gz")),
    } <= found


def test_the_same_sources_are_the_same_bytes(deb, tmp_path):
    again = made("package_deb.sh", tmp_path)
    assert again.read_bytes() == deb.read_bytes()


def test_another_machines_package_holds_its_programs(tmp_path):
    deb = made("package_deb.sh", tmp_path / "dist", "arm64")
    assert deb.name.endswith("_arm64.deb") and field(deb, "Architecture") == "arm64"
    subprocess.run(["dpkg-deb", "--extract", deb, tmp_path / "tree"], check=True)
    for file in "bin/covenv", "bin/sigforward", "lib/aarch64-linux-gnu/libcovenv.so":
        assert re.search("Machine: +AArch64", output("readelf", "--file-header", tmp_path / "tree" / "usr" / file)), file
    assert (tmp_path / "tree/usr/share/man/man1/covenv-run.1.gz").stat().st_size > 0


def test_it_works_and_goes_away_whole(deb, root):
    before = root.files()
    assert shop_in(root) == 0
    root.run("dpkg", "--install", deb, binds=[deb])
    library = f"/usr/lib/{os.uname().machine}-linux-gnu/libcovenv.so"
    assert root.run("covenv", "env") == f"export LD_PRELOAD='{library}'\n"
    assert "killed, its coverage is saved" in root.run("sh", "-c", "cd /tmp; covenv doctor || test $? = 1")
    assert shop_in(root) == 0
    for by in ("covenv", "run", "--", "python3", "-m", "pytest"), ("python3", "-m", "pytest", "--covenv"):
        assert shop_in(root, *by) == 100, by
    assert shop_in(root, env={"LD_PRELOAD": "libcovenv.so"}) == 100
    assert "sigforward" in root.run("sigforward", "--version")
    root.run("dpkg", "--purge", "covenv")
    assert {path for path in root.files() - before if not OTHERS.fullmatch(path)} == set()
    assert shop_in(root) == 0


def test_the_plugin_changes_nothing_unless_it_is_asked_for(deb, root):
    suite = ("sh", "-c", "mkdir /tmp/s; cd /tmp/s; echo 'def test_it(): pass' >test_it.py; "
             "python3 -m pytest -q -p no:cacheprovider 2>&1 | sed 's/ in .*s$//'")
    bare = root.run(*suite)
    root.run("dpkg", "--install", deb, binds=[deb])
    assert root.run("rm", "-r", "/tmp/s") == "" and root.run(*suite) == bare
    assert "--covenv" in root.run("python3", "-m", "pytest", "--help")
