# SPDX-License-Identifier: MIT
"""Reads LLVM's raw profiles (InstrProfData.inc), whose own tool takes the files of its own version only."""

import hashlib
import struct
import zlib

MAGIC = 0xFF6C70726F667281
# Raw version -> words of the header, and bytes of a record.
SHAPES = {8: (11, 48), 9: (14, 64), 10: (16, 64)}


def uleb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def names_of(data):
    """The functions' names in a section of names, whose parts may be compressed."""
    names, at = [], 0
    while at < len(data) and data[at]:
        size, at = uleb(data, at)
        compressed, at = uleb(data, at)
        part = data[at:at + (compressed or size)]
        at += len(part)
        names += (zlib.decompress(part) if compressed else part).decode().split("\1")
    return names


def profiles(data):
    """Of each profile in the file, which may hold several, one behind the other: {function: its counters}."""
    found, at = [], 0
    while at < len(data):
        magic, version = struct.unpack_from("<QQ", data, at)
        assert magic == MAGIC, "no raw profile"
        words, size = SHAPES[version & 0xFFFFFFFFFFFFFF]
        header = struct.unpack_from(f"<{words}Q", data, at)
        ids, records, gap, counters, gap_behind = header[2:7]
        bits, bits_gap, names = (0, 0, header[7]) if words == 11 else header[7:10]
        delta = header[8] if words == 11 else header[10]
        start = at + 8 * words + ids
        counts_at = start + records * size + gap
        names_at = counts_at + 8 * counters + gap_behind + bits + bits_gap
        by_hash = {hashlib.md5(name.encode()).digest()[:8]: name for name in names_of(data[names_at:names_at + names])}
        functions = {}
        for record in range(start, start + records * size, size):
            pointer, = struct.unpack_from("<q", data, record + 16)
            number, = struct.unpack_from("<I", data, record + (40 if words == 11 else 48))
            offset = (pointer - delta + record - start) % 2**64
            functions[by_hash[data[record:record + 8]]] = struct.unpack_from(f"<{number}Q", data, counts_at + offset)
        found.append(functions)
        at = names_at + names + -names % 8
    return found
