# SPDX-License-Identifier: MIT
"""A place in which no saver can be made ready."""

import platform
import sys

# Becomes a program in which madvise(MADV_WIPEONFORK) fails, as below some sandboxes.
_SANDBOX = """
import ctypes, os, struct, sys
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, IS, RETURN = 0x20, 0x15, 0x06
steps = [(LOAD, 0, 0, 0), (IS, 0, 3, MADVISE), (LOAD, 0, 0, 32), (IS, 0, 1, 18),
         (RETURN, 0, 0, 0x50001), (RETURN, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(PR_SET_SECCOMP, FILTER, program) == 0
os.execv(PROGRAM, [PROGRAM, *sys.argv[1:]])
""".replace("MADVISE", {"x86_64": "28", "aarch64": "233"}[platform.machine()])


def sandboxed(program):
    """The text of a script that becomes `program`."""
    return f"#!{sys.executable} -S\n{_SANDBOX.replace('PROGRAM', repr(str(program)))}"
