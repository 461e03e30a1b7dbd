# SPDX-License-Identifier: MIT
"""The programs that a preloaded process meets, how each is started, and what is claimed of it."""

from enum import Enum
from typing import Callable, NamedTuple, Optional

from circumstances import NEEDED_BY_THE_LOADER, SYSTEM_CALLS
from workshop import PROGRAMS, tool

# Titles that several rows share.
DYNAMIC = "dynamic, by glibc or musl"
STATIC = "static, by glibc, musl or Go; static-pie"
GO_PIE = "Go, dynamic: `-buildmode=pie` without libc, or with cgo"
I386 = "32-bit x86"
AARCH64 = "another machine's program, by `qemu-aarch64-static`"
ASAN_SHARED = "AddressSanitizer, shared runtime (gcc, clang)"
ASAN_STATIC = "AddressSanitizer, static runtime (gcc, clang)"
SANITIZERS = "ThreadSanitizer, UBSan, LSan (gcc, clang; shared, static), MemorySanitizer (clang)"
PRIVILEGES = "setuid, file capabilities"
NO_NEW_PRIVILEGES = "with `no_new_privs`"
SCRIPT = "`#!` scripts, of scripts as well, by `env -S`"
DESCRIPTOR = "by descriptor: `fexecve()`, `/proc/self/fd/N`, `/dev/fd/N`, a memfd, a deleted file"
I386_BY_DESCRIPTOR = "32-bit by descriptor, or from memory"
NAMESPACES = "in user, pid and mount namespaces, with a foreign `/proc` or none"
SEEN = "in a root that has the library: `bwrap`, read-only"
UNSEEN = "in a root without the library: `chroot`, `bwrap`"
LIMITS = "with `RLIMIT_NOFILE` 3, `RLIMIT_NPROC` 1, `RLIMIT_SIGPENDING` 0, small `RLIMIT_AS` or `RLIMIT_STACK`"
SECCOMP = "under seccomp filters that deny `ptrace`, `pidfd_open`, `rt_sigqueueinfo`, ..."
SECCOMP_KILLS = "from a process that has put itself under a seccomp filter that kills"
SECCOMP_AT_START = "under seccomp filters that deny what `ld.so` needs"
SMALL_LANGUAGES = "started by Python, Perl, Ruby"
LANGUAGES = "started by Node, Java, Rust"


class Claim(Enum):
    """What the program and its child have to receive; test_program_types.holds() says it exactly."""

    WORKS = "works"
    VARIABLES = "variables only"
    PASSED_ON = "passed on"
    OTHER_TOOLS = "left alone"
    FAILS_ALIKE = "fails as it does without"


class Row(NamedTuple):
    """One program in one circumstance, and what shim/README.md claims of it. Witnesses tell what they received."""

    name: str
    title: str
    claim: Claim
    command: Callable
    """Workshop -> the command; its witnesses, the program itself and what it starts, tell what they received."""
    circumstance: Optional[Callable] = None
    """Workshop -> what circumstances.py arranges before the exec."""
    library: Callable = lambda w: w.libcovenv
    witnesses: int = 2
    full: bool = False


def plain(w):
    return w.witness()


def static(w):
    return w.c("static", "gcc", "-static")


def starting(program, mode, wrapper=()):
    """A function: Workshop -> the command of a witness that starts the plain witness in `mode` (of witness.c).

    `wrapper` has the words before the witness; a word may be a function of the Workshop.
    """
    return lambda w: [*(part(w) if callable(part) else part for part in wrapper), program(w), mode, w.witness()]


def enters(name, title, program=plain, wrapper=(), mode="spawn-empty", **others):
    """A Row: the program, and a child that it starts with an empty environment, get everything."""
    return Row(name, title, Claim.WORKS, starting(program, mode, wrapper), **others)


def passes_on(name, title, program, wrapper=(), mode="spawn-inherit", **others):
    """A Row: the program gets everything and passes it on to its child, although it may not load the library."""
    return Row(name, title, Claim.PASSED_ON, starting(program, mode, wrapper), **others)


def gets_variables(name, title, program=plain, wrapper=(), mode="spawn-inherit", **others):
    """A Row: the program and its child get the variables, but not the library."""
    return Row(name, title, Claim.VARIABLES, starting(program, mode, wrapper), **others)


# ---- how it is linked ----

QEMU = ("qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu")

LINKED = [
    enters("dynamic", DYNAMIC),
    enters("musl", DYNAMIC, lambda w: w.c("musl", "musl-gcc")),
    enters("loader", "named to `ld.so` as an argument", wrapper=["/lib64/ld-linux-x86-64.so.2"]),
    passes_on("static", STATIC, static),
    passes_on("static-pie", STATIC, lambda w: w.c("static-pie", "gcc", "-static-pie")),
    passes_on("static-musl", STATIC, lambda w: w.c("static-musl", "musl-gcc", "-static")),
    passes_on("static-go", STATIC, lambda w: w.go("static")),
    passes_on("go-pie", GO_PIE, lambda w: w.go("pie")),
    passes_on("go-cgo", GO_PIE, lambda w: w.go("cgo")),
    gets_variables("i386", I386, lambda w: w.i386("i386")),
    gets_variables("i386-static", I386, lambda w: w.i386("i386-static", "-static")),
    gets_variables("aarch64", AARCH64, lambda w: w.aarch64("aarch64"), QEMU),
    gets_variables("aarch64-static", AARCH64, lambda w: w.aarch64("aarch64-static", "-static"), QEMU),
]


# ---- sanitizers ----

def sanitized(compiler, sanitizer, *options):
    name = "-".join([compiler, sanitizer, *options]).replace("--", "-")
    flags = [f"-fsanitize={sanitizer}", *options]

    def program(w):
        shared = [w.runtime_path()] if "-shared-libasan" in options or "-shared-libsan" in options else []
        return w.c(name, "clang-14" if compiler == "clang" else "gcc", *flags, *shared)

    return name, program


SANITIZED = [
    *(
        gets_variables(name, ASAN_SHARED, program)
        for name, program in (sanitized("gcc", "address"), sanitized("clang", "address", "-shared-libasan"))
    ),
    *(
        enters(name, ASAN_STATIC, program)
        for name, program in (sanitized("gcc", "address", "-static-libasan"), sanitized("clang", "address"))
    ),
    *(
        enters(name, SANITIZERS, program)
        for name, program in (
            sanitized("gcc", "undefined"),
            sanitized("gcc", "undefined", "-static-libubsan"),
            sanitized("gcc", "leak"),
            sanitized("clang", "undefined"),
            sanitized("clang", "undefined", "-shared-libsan"),
            sanitized("clang", "leak"),
        )
    ),
    *(
        # Without address randomisation, because these sanitizers' layouts leave no room for as much of it as a kernel
        # may be set to.
        enters(name, SANITIZERS, program, ["setarch", "--addr-no-randomize"])
        for name, program in (
            sanitized("gcc", "thread"),
            sanitized("gcc", "thread", "-static-libtsan"),
            sanitized("clang", "thread"),
            sanitized("clang", "memory"),
        )
    ),
]


# ---- privileges ----

def set_user_id(w):
    return w.copy("set-user-id", w.witness(), lambda path: path.chmod(0o4755))


def capable(w):
    return w.copy("capable", w.witness(), lambda path: w.run([tool("setcap"), "cap_net_bind_service+ep", path]))


PRIVILEGED = [
    gets_variables("set-user-id", PRIVILEGES, set_user_id, circumstance=lambda w: "as_nobody"),
    gets_variables("capable", PRIVILEGES, capable, circumstance=lambda w: "as_nobody"),
    enters("no-new-privileges", NO_NEW_PRIVILEGES, circumstance=lambda w: "no_new_privileges"),
    enters(
        "set-user-id-without", NO_NEW_PRIVILEGES, set_user_id,
        circumstance=lambda w: "as_nobody_without_new_privileges",
    ),
    enters("another-user", "as another user, who can read the library", circumstance=lambda w: "as_nobody"),
]


# ---- scripts ----

def script(name, title, claim, interpreter, witnesses=1, before=()):
    """A Row: the program is a script of an interpreter. `before` names scripts of which each runs the one before it."""

    def command(w):
        path = w.script(name, f"#!{interpreter(w)}", f"exec {w.witness()} spawn-empty {w.witness()}")
        for outer in before:
            path = w.script(outer, f"#!{path}")
        return [path]

    return Row(name, title, claim, command, witnesses=witnesses)


SCRIPTS = [
    script("script", SCRIPT, Claim.WORKS, lambda w: "/bin/sh", 2),
    script("script-chain", SCRIPT, Claim.WORKS, lambda w: "/bin/sh", 2, ("chain-2", "chain-3")),
    script(
        "script-env", SCRIPT, Claim.WORKS,
        lambda w: f"/usr/bin/env -S {w.witness()} spawn-empty {w.witness()}", 2,
    ),
    script("script-static", "`#!` with a static interpreter", Claim.PASSED_ON, static),
    script("script-i386", "`#!` with a 32-bit interpreter", Claim.VARIABLES, lambda w: w.i386("i386")),
    script("script-missing", "`#!` without its interpreter", Claim.FAILS_ALIKE, lambda w: "/missing", 0),
]


# ---- by other names, and by none ----

LAUNCH = ("/usr/bin/python3", "-I", "-S", PROGRAMS / "launch.py")


def cloexec_script(w):
    return [*LAUNCH, "by_descriptor", w.script("closed", "#!/bin/sh", "exit 3")]


UNNAMED = [
    *(
        enters(f"launched-{way}", DESCRIPTOR, wrapper=[*LAUNCH, way])
        for way in ("by_descriptor", "by_path_descriptor", "by_proc_name", "by_dev_name", "from_memory", "deleted")
    ),
    gets_variables("launched-i386", I386_BY_DESCRIPTOR, lambda w: w.i386("i386"), [*LAUNCH, "by_proc_name"]),
    gets_variables("launched-i386-memory", I386_BY_DESCRIPTOR, lambda w: w.i386("i386"), [*LAUNCH, "from_memory"]),
    Row("launched-script", "a script by a descriptor that is closed", Claim.FAILS_ALIKE, cloexec_script, witnesses=0),
    enters("self", "starts itself by `/proc/self/exe`, as AppImages do", mode="self-spawn-empty", witnesses=3),
]


# ---- where it runs ----

BWRAP = ("bwrap", "--ro-bind", "/", "/")
SHELL = ("unshare", "-m", "sh", "-c")


def in_root(w):
    w.root()
    return ["/witness", "spawn-inherit", "/witness"]


def by_chroot(w):
    return [tool("chroot"), w.root(), *in_root(w)]


def by_bwrap(w):
    return ["bwrap", "--bind", w.root(), "/", "--unshare-all", "--proc", "/proc", *in_root(w)]


PLACES = [
    enters("user-namespace", NAMESPACES, wrapper=["unshare", "-Ur"]),
    enters("pid-namespace", NAMESPACES, wrapper=["unshare", "-Urpf"]),
    enters(
        "pid-namespace-proc", NAMESPACES,
        wrapper=["unshare", "-Urpf", "--mount-proc"],
    ),
    enters(
        "without-proc", NAMESPACES,
        wrapper=[*SHELL, 'mount -t tmpfs none /proc && exec "$@"', "sh"],
    ),
    enters("bwrap", SEEN, wrapper=[*BWRAP, "--dev", "/dev", "--unshare-all", "--proc", "/proc"]),
    enters("bwrap-clean", SEEN, wrapper=[*BWRAP, "--clearenv", "--setenv", "A", "1"]),
    Row("chroot", UNSEEN, Claim.VARIABLES, in_root, lambda w: f"in_a_root:{w.root()}"),
    Row("chroot-command", UNSEEN, Claim.VARIABLES, by_chroot),
    Row("bwrap-unseen", UNSEEN, Claim.VARIABLES, by_bwrap),
    gets_variables("unreadable", "as another user, who cannot read the library", circumstance=lambda w: "as_nobody",
                   library=lambda w: w.hidden_library()),
    enters("deleted-folder", "in a folder that is deleted", circumstance=lambda w: f"in_a_deleted_folder:{w.folder}"),
]


# ---- limits ----

LIMITED = [
    enters("nofile", LIMITS, circumstance=lambda w: "without_input_and_3_descriptors"),
    Row(
        "no-descriptor", "where no descriptor is left", Claim.VARIABLES, lambda w: [w.c("static", "gcc", "-static")],
        lambda w: "with_3_descriptors", witnesses=1,
    ),
    enters("nproc", LIMITS, circumstance=lambda w: "as_nobody_with_1_process", mode="exec-empty"),
    enters("sigpending", LIMITS, circumstance=lambda w: "without_pending_signals"),
    enters("address-space", LIMITS, circumstance=lambda w: "with_address_space:8"),
    enters("stack", LIMITS, circumstance=lambda w: "with_stack:64"),
    enters(
        "signals", "with every signal blocked and ignored",
        circumstance=lambda w: "with_everything_blocked_and_ignored",
    ),
]



def denied(name, how):
    """A Row: a filter denies the system call `name`, by EPERM, ENOSYS or kill.

    If the loader itself makes the call, no dynamic program starts, whatever is preloaded.
    """
    circumstance = f"denied:{name}-{how}"
    if name in NEEDED_BY_THE_LOADER:
        return Row(
            f"seccomp-{name}-{how}", SECCOMP_AT_START, Claim.FAILS_ALIKE,
            starting(plain, "spawn-empty"), lambda w: circumstance, witnesses=0,
        )
    if how == "kill":
        return Row(
            f"seccomp-{name}-{how}", SECCOMP_KILLS, Claim.OTHER_TOOLS,
            starting(plain, "spawn-empty"), lambda w: circumstance,
        )
    return enters(f"seccomp-{name}-{how}", SECCOMP, circumstance=lambda w: circumstance)


FILTERED = [denied(name, how) for name in SYSTEM_CALLS for how in ("EPERM", "ENOSYS", "kill")]


# ---- what starts programs, and gives them an environment ----

def starter(name, title, command, claim=Claim.WORKS, **others):
    return Row(name, title, claim, lambda w: [*command(w), w.witness()], witnesses=1, **others)


STARTED_BY = [
    starter("posix-spawn", SMALL_LANGUAGES, lambda w: ["/usr/bin/python3", "-I", PROGRAMS / "start_posix_spawn.py"]),
    starter("perl", SMALL_LANGUAGES, lambda w: ["/usr/bin/perl", PROGRAMS / "start.pl"]),
    starter("ruby", SMALL_LANGUAGES, lambda w: [tool("ruby"), PROGRAMS / "start.rb"]),
    starter("node", LANGUAGES, lambda w: [tool("node", "nodejs"), PROGRAMS / "start.js"], full=True),
    starter("java", LANGUAGES, lambda w: [tool("java"), PROGRAMS / "Start.java"], full=True),
    starter("rust", LANGUAGES, lambda w: [w.rust("start.rs")], full=True),
    Row(
        "go-given", "started by Go with an environment of its own", Claim.OTHER_TOOLS,
        starting(lambda w: w.go("cgo"), "spawn-empty"),
    ),
]

ROWS = [*LINKED, *SANITIZED, *PRIVILEGED, *SCRIPTS, *UNNAMED, *PLACES, *LIMITED, *FILTERED, *STARTED_BY]
