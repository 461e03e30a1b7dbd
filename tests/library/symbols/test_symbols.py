# SPDX-License-Identifier: MIT
"""The symbols that libcovenv.so may need and export, because it is loaded even into programs without libc."""

import re
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

HOOKS = Path(__file__).resolve().parents[3] / "shim" / "hooks.def"

Symbol = namedtuple("Symbol", "kind binding visibility section name")
Segment = namedtuple("Segment", "kind flags address file_size memory_size alignment")
Section = namedtuple("Section", "name kind size")


def readelf(library, *options):
    command = ["readelf", "--wide", *options, str(library)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module", params=["libcovenv", "libcovenv_aarch64"])
def library(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def header(library):
    return dict(re.findall(r"^ +([\w/ ]+): +(.*)$", readelf(library, "-h"), re.M))


@pytest.fixture(scope="module")
def relocations(library):
    """The kinds of the library's relocations (a set), without the machine's prefix."""
    found = re.findall(r"^[0-9a-f]+ +[0-9a-f]+ R_(?:X86_64|AARCH64)_(\w+) ", readelf(library, "-r"), re.M)
    assert found, "readelf prints something else"
    return set(found)


@pytest.fixture(scope="module")
def dynamic(library):
    """The dynamic section: tag -> values."""
    tags = {}
    for tag, value in re.findall(r"^ 0x[0-9a-f]+ \((\w+)\)\s+(.*)$", readelf(library, "-d"), re.M):
        tags.setdefault(tag, []).append(value.strip())
    assert "STRTAB" in tags, "readelf prints something else"
    return tags


@pytest.fixture(scope="module")
def symbols(library):
    found = []
    for line in readelf(library, "--dyn-syms").splitlines():
        fields = line.split()
        is_symbol = len(fields) >= 8 and re.fullmatch(r"\d+:", fields[0]) and fields[0] != "0:"
        if is_symbol and fields[3] != "SECTION":
            found.append(Symbol(*fields[3:8]))
    assert found, "readelf prints something else"
    return found


@pytest.fixture(scope="module")
def segments(library):
    number = "(0x[0-9a-f]+) "
    pattern = rf"^  ([A-Z_]+) +0x[0-9a-f]+ {number}0x[0-9a-f]+ {number}{number}([R ][W ][E ]) (0x[0-9a-f]+)$"
    found = [
        Segment(kind, flags, *(int(value, 16) for value in (*sizes, alignment)))
        for kind, *sizes, flags, alignment in re.findall(pattern, readelf(library, "-l"), re.M)
    ]
    assert "LOAD" in {segment.kind for segment in found}, "readelf prints something else"
    return found


@pytest.fixture(scope="module")
def sections(library):
    pattern = r"^ +\[ *\d+\] (\S+) +(\S+) +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) "
    found = {
        name: Section(name, kind, int(size, 16))
        for name, kind, size in re.findall(pattern, readelf(library, "-S"), re.M)
    }
    assert ".text" in found, "readelf prints something else"
    return found


@pytest.fixture(scope="module")
def hooks():
    names = re.findall(r"^HOOK\([^,]+, (\w+),", HOOKS.read_text(), re.M)
    lines = [line for line in HOOKS.read_text().splitlines() if line.startswith("HOOK(")]
    assert names and len(names) == len(lines)
    return names


def test_needs_no_library(dynamic):
    assert "NEEDED" not in dynamic


def test_undefined_symbols_are_all_weak(symbols):
    strong = [s.name for s in symbols if s.section == "UND" and s.binding != "WEAK"]
    assert strong == []


def test_refers_to_nothing_younger_than_glibc_2_17(symbols):
    """The undefined symbols are these, and CPython's.

    getauxval came with glibc 2.16, dl_iterate_phdr (by which coverage's C tracer is found) with 2.2.4. _dl_debug_addr
    is musl's. dlsym serves only the saver, _setjmp only the saver of PHP.
    """
    undefined = {s.name for s in symbols if s.section == "UND" and not re.match("_?Py", s.name)}
    assert undefined == {
        "dlsym", "environ", "__errno_location", "getauxval", "_r_debug", "_dl_debug_addr", "dl_iterate_phdr",
        "_setjmp",
    }


def test_exports_are_exactly_the_hooks(symbols, hooks):
    exported = [s.name for s in symbols if s.section != "UND"]
    assert sorted(exported) == sorted(hooks)


def test_each_hook_is_listed_once(hooks):
    assert sorted(set(hooks)) == sorted(hooks)


def test_exports_are_global_functions(symbols):
    wrong = [
        s for s in symbols
        if s.section != "UND" and (s.kind, s.binding, s.visibility) != ("FUNC", "GLOBAL", "DEFAULT")
    ]
    assert wrong == []


def test_no_symbol_has_a_version(dynamic, symbols):
    """A symbol with a version of ours would not be found, because callers ask for glibc's version."""
    assert [s.name for s in symbols if "@" in s.name] == []
    assert {"VERSYM", "VERDEF", "VERNEED"} & set(dynamic) == set()


def test_is_for_any_system_that_loads_elf(header):
    """"UNIX - GNU" would mean that there are IFUNC or unique symbols, which musl does not know."""
    assert (header["Type"], header["OS/ABI"]) == ("DYN (Shared object file)", "UNIX - System V")


def test_relocations_are_those_that_every_loader_knows(relocations):
    """There is no IRELATIVE, TLSDESC or COPY. A plain address is "64" on x86-64, and "ABS64" on aarch64."""
    assert relocations <= {"RELATIVE", "GLOB_DAT", "JUMP_SLOT", "64", "ABS64"}


def test_tables_are_those_that_every_loader_reads(dynamic):
    """There is DT_GNU_HASH, which musl and glibc from 2.5 on read, and no DT_RELR, which needs glibc 2.36."""
    assert "GNU_HASH" in dynamic
    assert not [tag for tag in dynamic if "RELR" in tag]


def test_asks_the_loader_for_nothing_but_to_bind_at_once(dynamic):
    """There is no other flag, because an old loader warns of flags that it does not know, or ignores them."""
    assert (dynamic["FLAGS"], dynamic["FLAGS_1"]) == (["BIND_NOW"], ["Flags: NOW"])


def test_has_no_thread_local_segment(segments):
    assert "TLS" not in {segment.kind for segment in segments}


def test_stack_is_not_executable(segments):
    assert [s.flags for s in segments if s.kind == "GNU_STACK"] in (["RW "], ["R  "])


def test_code_is_never_relocated(dynamic):
    assert "TEXTREL" not in dynamic
    assert not any("TEXTREL" in flags for flags in dynamic.get("FLAGS", []))


def test_no_segment_is_writable_and_executable(segments):
    assert [s for s in segments if s.kind == "LOAD" and s.flags == "RWE"] == []


def test_has_no_relro_whose_protection_would_cost_a_system_call(segments):
    assert "GNU_RELRO" not in {segment.kind for segment in segments}


def test_has_two_load_segments_each_costs_an_mmap(segments):
    assert len([s for s in segments if s.kind == "LOAD"]) == 2


def test_has_no_gap_that_the_loader_would_have_to_protect(segments):
    code, data = (s for s in segments if s.kind == "LOAD")
    assert code.address + code.memory_size == data.address


def test_what_a_start_writes_lies_in_one_page(segments, sections):
    """The data in the file, and the start of `.bss.early` behind them, fit into a page, because each costs a fault."""
    data = [s for s in segments if s.kind == "LOAD"][1]
    assert ".bss.early" in sections
    assert data.file_size < data.alignment - 512


def test_has_one_constructor(sections, dynamic):
    assert sections[".init_array"].size == 8
    assert dynamic["INIT_ARRAYSZ"] == ["8 (bytes)"]
    assert "INIT" not in dynamic


def test_has_no_destructor(sections, dynamic):
    """There is none, because it would run in every program."""
    assert ".fini_array" not in sections
    assert "FINI" not in dynamic and "FINI_ARRAY" not in dynamic


def test_has_no_exception_tables(sections):
    assert ".gcc_except_table" not in sections


def test_asks_for_no_search_path(dynamic):
    assert {"RPATH", "RUNPATH", "TEXTREL", "INTERP"} & set(dynamic) == set()
