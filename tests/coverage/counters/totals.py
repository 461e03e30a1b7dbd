# SPDX-License-Identifier: MIT
"""Sums of all counters: of a program's memory, and of the files that are kept. What is summed is compared, so that no
counter is left out, whatever it counts. And each toolchain's own merge of many files.
"""

import struct

import profraw
from runtimes import run

ARCS = 0x01A10000


def section(program, name):
    """The address and the size of a section."""
    for line in run("readelf", "-SW", program).splitlines():
        words = line.partition("]")[2].split()
        if words[:1] == [name]:
            return int(words[2], 16), int(words[4], 16)
    raise AssertionError(f"{program} has no section {name}")


def first_address(program):
    """That of the first segment, which the loader moves with all others."""
    lines = [line.split() for line in run("readelf", "-lW", program).splitlines()]
    return min(int(line[2], 16) for line in lines if line[:1] == ["LOAD"])


def symbols(program, prefix):
    """(address, size) of each symbol whose name begins so; the size is 0 if it has none."""
    lines = [line.split() for line in run("nm", "-S", program).splitlines()]
    wanted = [line for line in lines if line[-1].startswith(prefix)]
    return [(int(line[0], 16), int(line[1], 16) if len(line) > 3 else 0) for line in wanted]


class Gcov:
    @staticmethod
    def place(_, whole):
        counters = symbols(whole, "__gcov0.")
        begin = min(address for address, _ in counters)
        return begin, max(address + size for address, size in counters) - begin

    @staticmethod
    def of_memory(memory):
        return sum(struct.unpack(f"<{len(memory) // 8}Q", memory))

    @staticmethod
    def of_files(folder):
        return sum(map(Gcov._of_file, folder.rglob("*.gcda")))

    @staticmethod
    def _of_file(file):
        data, at, total = file.read_bytes(), 16, 0
        while at + 8 <= len(data):
            tag, length = struct.unpack_from("<Ii", data, at)
            at += 8
            if tag == ARCS and length > 0:
                total += sum(struct.unpack_from(f"<{length // 8}Q", data, at))
            at += max(length, 0)  # less than nothing: so many bytes of zeroes
        return total

    @staticmethod
    def merged(folders, into):
        """By pairs, because gcov-tool takes two."""
        total = folders[0]
        for number, folder in enumerate(folders[1:]):
            run("gcov-tool-12", "merge", total, folder, "-o", into / str(number))
            total = into / str(number)
        return Gcov.of_files(total)


class Llvm:
    @staticmethod
    def place(program, _):
        return section(program, "__llvm_prf_cnts")

    of_memory = Gcov.of_memory

    @staticmethod
    def of_files(folder):
        profiles = [each for file in folder.glob("*.profraw") for each in profraw.profiles(file.read_bytes())]
        return sum(sum(counters) for functions in profiles for counters in functions.values())

    @staticmethod
    def merged(folders, into):
        """llvm-profdata refuses all if it refuses one, and takes the files of its own version only."""
        files = [file for folder in folders for file in folder.glob("*.profraw")]
        version, = {struct.unpack_from("<Q", file.read_bytes(), 8)[0] & 0xFFFFFFFFFFFFFF for file in files}
        tool = {8: "llvm-profdata-14", 10: "llvm-profdata-19"}[version]
        run(tool, "merge", "-o", into / "profdata", *files)
        shown = run(tool, "show", "--all-functions", "--counts", into / "profdata").splitlines()
        first = sum(int(line.split(":")[1]) for line in shown if line.strip().startswith("Function count:"))
        rest = [line.partition("[")[2].rstrip("]") for line in shown if line.strip().startswith("Block counts:")]
        return first + sum(int(count) for line in rest for count in line.split(",") if count.strip())


class Go:
    @staticmethod
    def place(program, whole):
        (begin, _), (end, _) = symbols(whole, "runtime.covctrs")[0], symbols(whole, "runtime.ecovctrs")[0]
        address, size = section(program, ".noptrbss")
        assert end == sum(section(whole, ".noptrbss")), "the counters are the last there"
        return address + size - (end - begin), end - begin

    @staticmethod
    def of_memory(memory):
        """Of records [n, package, function, n counters], with zeroes between."""
        words, at, total = struct.unpack(f"<{len(memory) // 4}I", memory), 0, 0
        while at < len(words):
            number = words[at]
            if number:
                total += sum(words[at + 3:at + 3 + number])
                at += 2 + number
            at += 1
        return total

    @staticmethod
    def of_files(folder):
        if not list(folder.glob("covcounters.*")):
            return 0
        run("go", "tool", "covdata", "textfmt", f"-i={folder}", f"-o={folder / 'text'}")
        return sum(int(line.split()[-1]) for line in (folder / "text").read_text().splitlines()[1:])

    @staticmethod
    def merged(folders, into):
        run("go", "tool", "covdata", "merge", f"-i={','.join(map(str, folders))}", f"-o={into}")
        return Go.of_files(into)


def place(runtime, program, whole):
    """How far behind the program's beginning its counters begin, and their size. `whole` has the program's symbols."""
    address, size = family(runtime).place(program, whole)
    return address - first_address(program), size


def family(runtime):
    return Go if runtime.startswith("Go") else Gcov if runtime.startswith("gcc") else Llvm
