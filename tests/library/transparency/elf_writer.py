# SPDX-License-Identifier: MIT
"""Makes the smallest ELF executables, for machines for which there need be no compiler here."""

import struct

AARCH64, I386, X86_64 = 183, 3, 62
# exit(7): mov eax, 1; mov ebx, 7; int 0x80
EXIT_7_I386 = bytes.fromhex("b801000000bb07000000cd80")


def executable(bits, machine, code):
    """The bytes of a static executable of 32 or 64 `bits`, whose entry point is the start of `code`.

    One segment holds the file's headers and the code. It is loaded at 4 MiB.
    """
    base = 0x400000
    if bits == 32:
        header, segment = 52, 32
        size = header + segment + len(code)
        ident = b"\x7fELF\x01\x01\x01" + bytes(9)
        head = struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, base + header + segment, header, 0, 0, header, segment, 1, 0, 0, 0)
        load = struct.pack("<IIIIIIII", 1, 0, base, base, size, size, 5, 0x1000)
    else:
        header, segment = 64, 56
        size = header + segment + len(code)
        ident = b"\x7fELF\x02\x01\x01" + bytes(9)
        head = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, base + header + segment, header, 0, 0, header, segment, 1, 0, 0, 0)
        load = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return ident + head + load + code
