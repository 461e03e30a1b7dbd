# SPDX-License-Identifier: MIT
"""The errors with which each system call can fail."""

SANDBOX = ["EPERM", "ENOSYS"]  # the errors that seccomp filters return
FEW_FILES = ["EMFILE", "ENFILE", "ENOMEM"]

# System calls of the shim, and of libc on its behalf -> their errors.
ERRORS = {
    "clock_gettime": ["EINVAL", "EFAULT", *SANDBOX],
    "clone": ["EAGAIN", "ENOMEM", *SANDBOX],
    "clone3": ["EAGAIN", "ENOMEM", *SANDBOX],
    "close": ["EIO", "EINTR", "EBADF", "ENOSPC", "EDQUOT"],
    "dup3": ["EBADF", "EBUSY", "EINTR", "EINVAL", *SANDBOX],
    "fallocate": ["ENOSPC", "EDQUOT", "EFBIG", "EINTR", "EIO", "EOPNOTSUPP", "ENODEV", *SANDBOX],
    "faccessat": ["EACCES", "ENOENT", "ELOOP", "ENOTDIR", "ENAMETOOLONG", "EROFS", "EIO", "ENOMEM", "EINTR", *SANDBOX],
    "fchmod": ["EPERM", "EROFS", "EIO", "EINTR", *SANDBOX],
    "fcntl": ["EAGAIN", "EACCES", "EINTR", "EINVAL", "ENOLCK", *SANDBOX],
    "fstatfs": ["EIO", "EINTR", "ENOMEM", "EOVERFLOW", *SANDBOX],
    "fstat": ["EIO", "EOVERFLOW", "EBADF", "ENOMEM", *SANDBOX],
    "futex": ["EINTR", "EAGAIN", "EINVAL", "EFAULT", "ETIMEDOUT", *SANDBOX],
    "getcwd": ["EACCES", "ENOENT", "ERANGE", "ENOMEM", *SANDBOX],
    "getdents64": ["EBADF", "EINVAL", "ENOENT", "ENOTDIR", "EIO", "EINTR", "zero", *SANDBOX],
    "getpgid": ["EPERM", "ESRCH", "ENOSYS"],
    "getrandom": ["EAGAIN", "EINTR", *SANDBOX],
    "ioctl": ["ENOTTY", "EINVAL", "ESRCH", "ENOENT", "ENAMETOOLONG", "EACCES", "EINTR", *SANDBOX],
    "kcmp": ["EPERM", "ESRCH", "EINVAL", *SANDBOX],
    "kill": ["EPERM", "ESRCH", "EINVAL", "ENOSYS"],
    "linkat": ["EEXIST", "ENOENT", "EACCES", "EXDEV", "ENOSPC", "EDQUOT", "EROFS", "EMLINK", *SANDBOX],
    "madvise": ["EINVAL", "ENOMEM", "EAGAIN", "EIO", *SANDBOX],
    "mkdirat": ["EACCES", "EEXIST", "ENOENT", "ENOSPC", "EDQUOT", "EROFS", "ENAMETOOLONG", *SANDBOX],
    "mmap": ["ENOMEM", "EAGAIN", "EINVAL", "ENFILE", *SANDBOX],
    "mmap-file": ["ENOMEM", "EAGAIN", "EACCES", "EINVAL", "ENFILE", "ENODEV", *SANDBOX],
    "mprotect": ["ENOMEM", "EACCES", "EINVAL", *SANDBOX],
    "munmap": ["EINVAL", "ENOMEM"],
    "nanosleep": ["EINTR", "EINVAL", *SANDBOX],
    "newfstatat": ["EACCES", "ENOENT", "ELOOP", "ENOTDIR", "ENAMETOOLONG", "ENOMEM", "EOVERFLOW", "EIO", "EINTR", *SANDBOX],
    "openat": ["EACCES", "ENOENT", "ESRCH", "ELOOP", "EINTR", "EIO", "ENXIO", "ENODEV", "ETXTBSY", *FEW_FILES, *SANDBOX],
    "pidfd_open": ["ESRCH", "EINVAL", "ENODEV", *FEW_FILES, *SANDBOX],
    "pidfd_send_signal": ["EPERM", "ESRCH", "EAGAIN", "EINVAL", "EBADF", "ENOMEM", "ENOSYS"],
    "ppoll": ["EINTR", "ENOMEM", "EINVAL", "EAGAIN", "zero", *SANDBOX],
    "prctl": ["EINVAL", "EFAULT", *SANDBOX],
    "pread64": ["EIO", "EINTR", "EBADF", "EAGAIN", "EISDIR", "ESPIPE", "ENOMEM", "short", "zero", *SANDBOX],
    "prlimit64": ["EFAULT", "EINVAL", *SANDBOX],
    "process_vm_readv": ["EFAULT", "ESRCH", "EINVAL", "ENOMEM", "short", *SANDBOX],
    "pwrite64": ["ENOSPC", "EDQUOT", "EFBIG", "EINTR", "EIO", "short", *SANDBOX],
    "read": ["EIO", "EINTR", "EBADF", "EAGAIN", "EISDIR", "ESRCH", "ENOMEM", "short", "zero", *SANDBOX],
    "readlinkat": ["EACCES", "ENOENT", "EINVAL", "ELOOP", "EIO", "ENOMEM", "ENAMETOOLONG", "short", *SANDBOX],
    "renameat2": ["EACCES", "EBUSY", "EDQUOT", "EEXIST", "EINVAL", "ENOENT", "ENOSPC", "EROFS", *SANDBOX],
    "rt_sigaction": ["EINVAL", "EFAULT", *SANDBOX],
    "rt_sigprocmask": ["EINVAL", "EFAULT", *SANDBOX],
    "rt_sigqueueinfo": ["EAGAIN", "EPERM", "ESRCH", "EINVAL", "ENOSYS"],
    "sched_yield": SANDBOX,
    "tgkill": ["EAGAIN", "ESRCH", "EPERM", "EINVAL", "ENOSYS"],
    "timer_create": ["EAGAIN", "EINVAL", "ENOMEM", "EOPNOTSUPP", *SANDBOX],
    "unlinkat": ["EACCES", "EBUSY", "EIO", "ENOENT", "EROFS", *SANDBOX],
    "timer_settime": ["EFAULT", "EINVAL", *SANDBOX],
    "write": ["ENOSPC", "EDQUOT", "EFBIG", "EINTR", "EIO", "short", *SANDBOX],
}

# System calls that the program itself has asked for, whose result the shim passes on -> their errors.
ORIGINAL_ERRORS = {
    "clone": ["EAGAIN", "ENOMEM", "ENOSYS", "EPERM"],
    "clone3": ["EAGAIN", "ENOMEM", "EPERM"],
    "execve": ["E2BIG", "EACCES", "EAGAIN", "EINVAL", "EIO", "EISDIR", "ELIBBAD", "ELOOP", "EMFILE", "ENAMETOOLONG",
               "ENFILE", "ENOENT", "ENOEXEC", "ENOMEM", "ENOTDIR", "EPERM", "ETXTBSY", "ENOSYS"],
    "kill": ["EPERM", "ESRCH", "EINVAL", "ENOSYS"],
    "pidfd_send_signal": ["EPERM", "ESRCH", "EINVAL", "EBADF", "ENOSYS"],
    "rt_sigqueueinfo": ["EAGAIN", "EPERM", "ESRCH", "EINVAL", "ENOSYS"],
    "tgkill": ["EPERM", "ESRCH", "EINVAL", "EAGAIN", "ENOSYS"],
    "tkill": ["EPERM", "ESRCH", "EINVAL", "EAGAIN", "ENOSYS"],
    "vfork": ["EAGAIN", "ENOMEM"],
    "wait4": ["EINTR", "ECHILD", "EINVAL"],
    "waitid": ["EINTR", "ECHILD", "EINVAL"],
}
ORIGINAL_ERRORS["execveat"] = ORIGINAL_ERRORS["execve"]

# Calls that cannot fail. rt_sigprocmask-set, which restores a mask, can fail only in a sandbox, in which reading the
# mask has failed before.
NEVER_FAIL = {"geteuid", "getpid", "getppid", "gettid", "getuid", "exit", "rt_sigprocmask-set"}
# Calls that libc makes on the shim's behalf: it makes a thread, and catches a signal.
FOR_SHIM = {"clone", "clone3", "mmap", "mprotect", "munmap", "madvise", "rt_sigaction", "rt_sigprocmask"}
