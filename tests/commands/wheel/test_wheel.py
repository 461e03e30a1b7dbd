# SPDX-License-Identifier: MIT
"""The wheels that scripts/package makes: what is in them, where they install, the same bytes twice."""

import hashlib
import json
import os
import re
import resource
import shutil
import sys
import zipfile

import pytest
from conftest import ROOT, PluginProject
from packages import DIST, artefact, run, tool
from user_project import python_of

MACHINES = ["x86_64", "aarch64"]
QEMU = {"x86_64": [], "aarch64": ["qemu-aarch64-static"]}
BUILDS = ROOT / "build" / "package"
LIBRARY = "libexec/covenv/libcovenv.so"


pytestmark = pytest.mark.usefixtures("packaged")


def wheel_of(machine):
    return artefact(f"covenv-*_{machine}.whl")


@pytest.fixture(params=MACHINES)
def machine(request):
    return request.param


@pytest.fixture
def wheel(machine):
    return wheel_of(machine)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of a fresh virtual environment with the wheel, pytest-cov and xdist."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", wheel_of(os.uname().machine),
        "pytest-cov", "pytest-xdist")
    return folder


@pytest.fixture
def project(tmp_path, environment):
    project = PluginProject(tmp_path, environment / "bin" / "python", {"PATH": os.defpath})
    project.use_shop()
    return project


@pytest.fixture
def unpacked(tmp_path, wheel):
    """A folder with the `bin` and `libexec` that the wheel installs, without pip: it may be another machine's."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "wheel")
    [data] = (tmp_path / "wheel").glob("*.data")
    folder = tmp_path / "unpacked"
    shutil.copytree(data / "data", folder)
    shutil.copytree(data / "scripts", folder / "bin")
    for program in (folder / "bin").iterdir():
        program.chmod(0o755)
    return folder


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_second_time_makes_the_same_bytes():
    first = {path.name: path.read_bytes() for path in DIST.iterdir()}
    second = {path.name: path.read_bytes() for path in (BUILDS / "again" / "dist").iterdir()}
    assert {name.rpartition(".")[2] for name in first} == {"gz", "xz", "json", "whl", "deb", "commit", "SHA256SUMS"}
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_the_checksums_are_those_of_all_files():
    told = dict(reversed(line.split("  ")) for line in (DIST / "SHA256SUMS").read_text().splitlines())
    files = [path for path in DIST.iterdir() if path.name not in ("SHA256SUMS", ".commit")]
    assert told == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_one_wheel_for_each_python_and_both_libcs(wheel, machine):
    tags = f"manylinux2014_{machine}.manylinux_2_17_{machine}.musllinux_1_1_{machine}"
    assert wheel.name.endswith(f"-py3-none-{tags}.whl")
    [text] = [text for name, text in contents(wheel).items() if name.endswith(".dist-info/WHEEL")]
    told = [line.removeprefix("Tag: py3-none-") for line in text.decode().splitlines() if line.startswith("Tag: ")]
    assert sorted(told) == sorted(tags.split("."))


@pytest.mark.parametrize("libc", ["manylinux_2_17", "musllinux_1_1"])
def test_auditwheel_finds_nothing_that_it_needs(wheel, machine, libc, tmp_path):
    copy = tmp_path / f"covenv-0-py3-none-{libc}_{machine}.whl"
    copy.symlink_to(wheel)
    text = tool("auditwheel", "show", "--json", copy)
    # A warning stands before or behind: that musl's version is not known.
    shown = json.loads(text[text.index("{"):text.rindex("}") + 1])
    assert (shown["external_libs"], shown["versioned_symbols"], shown["unsupported_isa"]) == ({}, {}, False)
    assert shown["overall_tag"].startswith(libc.partition("_")[0])


def test_it_has_at_most_three_megabytes(wheel):
    assert wheel.stat().st_size <= 3_000_000


def test_what_is_in_it(wheel):
    files = [name for name in contents(wheel) if ".dist-info/" not in name]
    names = {name.partition(".data/")[2] or name for name in files}
    library = f"data/{LIBRARY}"
    assert {"scripts/covenv", "scripts/sigforward", library, "covenv/__main__.py"} <= names
    assert "data/share/man/man1/covenv.1" in names
    assert all(name.startswith(("scripts/", library, "data/share/", "covenv/")) for name in names)


def test_the_machines_have_the_same_pages_and_completions():
    shares = [{name: text for name, text in contents(wheel_of(machine)).items() if "/data/share/" in name}
              for machine in MACHINES]
    assert shares[0] and shares[0] == shares[1]


def test_no_path_of_the_build_is_in_it(wheel):
    for name, text in contents(wheel).items():
        assert os.fsencode(ROOT) not in text and b"/tmp/" + b"pip-" not in text, name


def test_the_programs_have_no_symbols_of_their_own(unpacked):
    for file in "bin/covenv", "bin/sigforward", LIBRARY:
        assert ".symtab" not in run("readelf", "--wide", "--sections", unpacked / file)


def test_the_programs_run_on_their_machine(unpacked, machine):
    for program in "covenv", "sigforward":
        assert run(*QEMU[machine], unpacked / "bin" / program, "--version").startswith(program)
    library = unpacked / LIBRARY
    assert run(*QEMU[machine], unpacked / "bin" / "covenv", "env") == f"export LD_PRELOAD='{library}'\n"


MUSL = """
    #include <stdio.h>
    int main(void) { char line[512]; FILE* maps = fopen("/proc/self/maps", "r");
      while (fgets(line, sizeof line, maps)) fputs(line, stdout); return 0; }
"""


@pytest.mark.parametrize("machine", ["x86_64"], indirect=True)
def test_a_place_with_musl_alone(unpacked, tmp_path):
    """The programs start other programs in a root without any file of glibc's, and preload the library into these."""
    (tmp_path / "maps.c").write_text(MUSL)
    run("musl-gcc", "-o", unpacked / "bin" / "maps", tmp_path / "maps.c")
    (unpacked / "lib").mkdir()
    shutil.copy("/lib/x86_64-linux-musl/libc.so", unpacked / "lib" / "ld-musl-x86_64.so.1")
    place = ["bwrap", "--bind", unpacked, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--clearenv"]
    for through in ["/bin/covenv", "run", "--quiet"], ["/bin/sigforward"]:
        shown = run(*place, *through, "--", "/bin/maps")
        assert "/lib/ld-musl-x86_64.so.1" in shown and f"/{LIBRARY}" in shown


@pytest.mark.parametrize("platform, kind", [
    (None, os.uname().machine),
    ("manylinux2014_x86_64", "x86_64"), ("manylinux_2_35_x86_64", "x86_64"), ("musllinux_1_2_x86_64", "x86_64"),
    ("manylinux_2_28_aarch64", "aarch64"), ("musllinux_1_1_aarch64", "aarch64"),
    ("manylinux_2_28_ppc64le", "any"), ("macosx_11_0_arm64", "any"), ("win_amd64", "any"),
])
def test_pip_takes_the_wheel_of_the_platform(tmp_path, platform, kind):
    choice = ["--platform", platform, "--only-binary=:all:"] if platform else []
    if platform and "_2_" in platform:
        # pip looks at the named tags alone, and a real system names the older ones as well.
        choice += ["--platform", f"manylinux_2_17_{platform.partition('_2_')[2].partition('_')[2]}"]
    if platform == "musllinux_1_2_x86_64":
        choice += ["--platform", "musllinux_1_1_x86_64"]
    tool("pip", "download", "--quiet", "--no-deps", "--no-index", "--find-links", DIST, "--dest", tmp_path, *choice,
         "covenv")
    [taken] = tmp_path.iterdir()
    assert taken.name == (artefact("*-any.whl") if kind == "any" else wheel_of(kind)).name


def seconds_of_install(wheel, folder):
    """Processor time of pip."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    tool("pip", "install", "--quiet", "--no-index", "--no-deps", "--target", folder, wheel)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_to_install_it_takes_little_more_than_to_start_pip(tmp_path):
    pairs = [(seconds_of_install(artefact("*-any.whl"), tmp_path / f"any{i}"),
              seconds_of_install(wheel_of("x86_64"), tmp_path / f"own{i}")) for i in range(3)]
    assert min(own for _, own in pairs) < 2 * min(plain for plain, _ in pairs)


def bill(wheel):
    [text] = [text for name, text in contents(wheel).items() if name.endswith(".dist-info/sboms/covenv.spdx.json")]
    return json.loads(text)


def test_the_bill_of_materials_is_beside_the_wheel_and_in_it(wheel, machine):
    assert bill(wheel) == json.loads(artefact(f"covenv-*-{machine}.spdx.json").read_text())
    assert bill(wheel)["spdxVersion"] == "SPDX-2.3"
    # Fails if the document is not valid.
    run(python_of("wheel").parent / "pyspdxtools", "--infile", artefact(f"covenv-*-{machine}.spdx.json"))


def owners(files):
    """The Debian packages that own the files."""
    found = set()
    for line in run("dpkg", "-S", *files).splitlines():
        found |= {name.partition(":")[0] for name in line.rpartition(": ")[0].split(", ")}
    return found


def test_the_bill_names_each_package_that_is_compiled_or_linked_in(wheel, machine):
    """Of the headers the compiler's list is taken, and of the static libraries the linker's."""
    build = BUILDS / f"wheel-{machine}-build"
    headers = {os.path.realpath(line.strip()) for line in run("ninja", "-C", build, "-t", "deps").splitlines()
               if line.startswith("    /usr/")}
    link = run("ninja", "-C", build, "-t", "commands", "bin/covenv").splitlines()[-1]
    link = link.replace("-o bin/covenv", "-Wl,--trace -o /dev/null")
    traced = run("sh", "-c", link, cwd=build)
    archives = {os.path.realpath(file) for file in re.findall(r"/usr/[^()\s]+\.a\b", traced)}
    assert headers and archives
    named = {reference["referenceLocator"].partition("@")[0].rpartition("/")[2].replace("%2B", "+")
             for part in bill(wheel)["packages"] for reference in part.get("externalRefs", ())}
    assert owners(sorted(headers | archives)) <= named


def test_the_licences_that_ask_for_it_are_in_the_wheel(wheel):
    [text] = [text for name, text in contents(wheel).items() if name.endswith("licenses/LINKED-LIBRARIES")]
    for phrase in "nlohmann", "CLI11", "LESSER GENERAL PUBLIC LICENSE", "Permission is hereby granted":
        assert phrase in text.decode()


def test_the_programs_find_the_library(environment):
    programs = environment / "bin"
    library = environment / LIBRARY
    assert run(programs / "covenv", "env") == f"export LD_PRELOAD='{library}'\n"
    for program in [programs / "covenv", "run"], [programs / "sigforward"]:
        assert run(*program, "--", "printenv", "LD_PRELOAD").splitlines()[0] == str(library)


def test_pytest_covenv_keeps_the_shop(project):
    assert project.pytest("--covenv").percent("server.py") >= 95


def test_without_it_the_shop_is_lost(project):
    assert project.pytest().percent("server.py") == 0


def test_with_xdist(project):
    assert project.pytest("--covenv", "-n", 2).percent("server.py") >= 95


def test_uninstalled_nothing_is_left(tmp_path):
    run(sys.executable, "-m", "venv", tmp_path)
    before = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts and path.is_file()}
    pip = [tmp_path / "bin" / "python", "-m", "pip"]
    run(*pip, "install", "--quiet", "--no-deps", wheel_of(os.uname().machine))
    run(*pip, "uninstall", "--quiet", "--yes", "covenv")
    after = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts and path.is_file()}
    assert after == before
