# SPDX-License-Identifier: MIT
"""Circumstances: functions that change the state of a child between fork and exec.

This file uses the standard library alone, because parent.py runs with -S.
"""

import ctypes
import errno
import os
import resource
import signal
import struct

NOBODY = 65534
MEGABYTE = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)


def named(name):
    """A function without parameters for `name` or `name:argument` (a text), or None for None. Raises KeyError."""
    if name is None:
        return None
    function, _, argument = name.partition(":")
    return (lambda: globals()[function](argument)) if argument else globals()[function]


def _check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "in a circumstance")


def as_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def no_new_privileges():
    _check(_libc.prctl(38, 1, 0, 0, 0))  # PR_SET_NO_NEW_PRIVS


def as_nobody_without_new_privileges():
    no_new_privileges()
    as_nobody()


def in_a_root(folder):
    os.chroot(folder)
    os.chdir("/")


def in_a_deleted_folder(folder):
    folder = f"{folder}/deleted-{os.getpid()}"
    os.mkdir(folder)
    os.chdir(folder)
    os.rmdir(folder)


# ---- limits ----

def _limit(what, value):
    resource.setrlimit(what, (value, value))


def closing_every_descriptor():
    os.closerange(0, 256)


def without_input_and_3_descriptors():
    os.close(0)
    _limit(resource.RLIMIT_NOFILE, 3)


def with_3_descriptors():
    _limit(resource.RLIMIT_NOFILE, 3)


def with_address_space(megabytes):
    _limit(resource.RLIMIT_AS, int(megabytes) * MEGABYTE)


def with_pages(count):
    _limit(resource.RLIMIT_AS, int(count) * resource.getpagesize())


def with_stack(kilobytes):
    _limit(resource.RLIMIT_STACK, int(kilobytes) << 10)


def with_descriptors(count):
    _limit(resource.RLIMIT_NOFILE, int(count))


def with_1_process():
    _limit(resource.RLIMIT_NPROC, 1)


def as_nobody_with_1_process():
    with_1_process()
    as_nobody()


def without_pending_signals():
    _limit(resource.RLIMIT_SIGPENDING, 0)


def with_everything_blocked_and_ignored():
    for number in range(1, 32):
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


# ---- seccomp ----

SYSTEM_CALLS = {
    "ptrace": 101,
    "rt_sigqueueinfo": 129,
    "tgkill": 234,
    "openat": 257,
    "newfstatat": 262,
    "process_vm_readv": 310,
    "pidfd_send_signal": 424,
    "pidfd_open": 434,
}
NEEDED_BY_THE_LOADER = ("openat", "newfstatat")
KILL = 0x80000000


def denied(what, every_thread=False):
    """Puts this process (or only this thread) under a filter that denies one system call.

    `what` is its name and EPERM, ENOSYS or kill, joined by a dash: "openat-EPERM".
    """
    name, _, how = what.partition("-")
    answer = KILL if how == "kill" else 0x00050000 | getattr(errno, how)

    def step(code, jump_true, jump_false, value):
        return struct.pack("HBBI", code, jump_true, jump_false, value)

    program = (
        step(0x20, 0, 0, 0)  # load the system call's number
        + step(0x15, 0, 1, SYSTEM_CALLS[name])
        + step(0x06, 0, 0, answer)
        + step(0x06, 0, 0, 0x7FFF0000)  # allow
    )
    code = ctypes.create_string_buffer(program)
    filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    no_new_privileges()
    if every_thread:
        _check(_libc.syscall(317, 1, 1, filter))  # seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
    else:
        _check(_libc.prctl(22, 2, filter, 0, 0))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
