# SPDX-License-Identifier: MIT
"""JaCoCo: where scripts/test puts it, and the data that it writes (org.jacoco.core.data.ExecutionDataWriter)."""

import struct
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "build" / "jacoco"
MAGIC, VERSION = 0xC0C0, 0x1007
HEADER, SESSION, CLASS = 0x01, 0x10, 0x11


def jar(name):
    """The path of agent.jar or of cli.jar."""
    path = FOLDER / f"{name}.jar"
    assert path.exists(), f"{path} is missing: scripts/test installs it"
    return path


class Reader:
    """The bytes of a data file, as Java's DataOutput has written them."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def is_at_end(self):
        return self._at == len(self._data)

    def take(self, kind):
        value, = struct.unpack_from(f">{kind}", self._data, self._at)
        self._at += struct.calcsize(f">{kind}")
        return value

    def text(self):
        size = self.take("H")
        self._at += size
        return self._data[self._at - size:self._at].decode()

    def flags(self):
        count = shift = 0
        while True:
            byte = self.take("B")
            count |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        packed = [self.take("B") for _ in range((count + 7) // 8)]
        return [packed[place // 8] >> place % 8 & 1 for place in range(count)]


def probes(path):
    """{class: [whether each probe was reached]} of all sessions in the file, and how many sessions there are."""
    reader = Reader(path.read_bytes())
    found, sessions = {}, 0
    while not reader.is_at_end():
        block = reader.take("B")
        if block == HEADER:
            assert (reader.take("H"), reader.take("H")) == (MAGIC, VERSION)
        elif block == SESSION:
            sessions += 1
            reader.text(), reader.take("q"), reader.take("q")
        else:
            assert block == CLASS, f"{block:#x} begins no block"
            reader.take("q")
            name, flags = reader.text(), reader.flags()
            found[name] = [int(old or new) for old, new in zip(found.get(name, flags), flags, strict=True)]
    return found, sessions
