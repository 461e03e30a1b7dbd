# SPDX-License-Identifier: MIT
"""dying.py KIND: runs every line of work.py, and then dies in the way that KIND names. This file is not measured."""

import ctypes
import faulthandler
import os
import resource
import signal
import sys
import threading
import time

KINDS = {}
# kind -> the signal that the starter sends to the process once it has printed `ready`
FROM_OUTSIDE = {}
C = ctypes.CDLL(None, use_errno=True)


def way(function):
    KINDS[function.__name__] = function
    return function


def outside(number):
    def register(function):
        FROM_OUTSIDE[function.__name__] = number
        return function
    return register


def crashes():
    return ctypes.PyDLL(os.environ["CRASHES"])


def work():
    import work

    work.all()


def wait():
    print("ready", flush=True)
    while True:
        time.sleep(1)


def raw_kill(number, pid=0):
    """Sends a signal by the system call's number, as static programs do, so that no hook sees the call."""
    C.syscall(62, pid or os.getpid(), number)


class Last:
    """An object that kills the process when it is freed, which is when modules are."""

    def __del__(self, kill=C.syscall, pid=os.getpid()):
        kill(62, pid, 9)


@way
def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@way
def kills_its_thread():
    C.tgkill(os.getpid(), threading.get_native_id(), signal.SIGKILL)
    C.syscall(234, os.getpid(), threading.get_native_id(), signal.SIGKILL)


@way
def kills_its_group():
    os.setpgid(0, 0)
    os.killpg(0, signal.SIGKILL)


@way
def kills_itself_raw():
    raw_kill(9)


@way
def terminates_itself():
    os.kill(os.getpid(), signal.SIGTERM)


@way
def alarm():
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(30)


@way
def user_signal():
    os.kill(os.getpid(), signal.SIGUSR1)


@way
def realtime_signal():
    os.kill(os.getpid(), signal.SIGRTMIN + 3)


@way
def broken_pipe():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    reader, writer = os.pipe()
    os.close(reader)
    os.write(writer, b"x")


@way
def file_too_large():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    with open("large", "wb") as file:
        file.write(bytes(5000))
        file.flush()


@way
def abort():
    os.abort()


@way
def segmentation_fault():
    ctypes.string_at(0)


@way
def segmentation_fault_in_a_thread():
    threading.Thread(target=ctypes.string_at, args=(0,)).start()
    time.sleep(30)


@way
def segmentation_fault_with_faulthandler():
    faulthandler.enable(all_threads=False)
    ctypes.string_at(0)


@way
def faulthandlers_watchdog():
    faulthandler.dump_traceback_later(0.05, exit=True, file=open(os.devnull, "w"))
    time.sleep(30)


@way
def fatal_error():
    C2 = ctypes.PyDLL(None)
    C2.Py_FatalError.argtypes = [ctypes.c_char_p]
    C2.Py_FatalError(b"over")


@way
def floating_point_exception():
    raw_kill(8)


@way
def bus_error():
    crashes().bus()


@way
def illegal_instruction():
    crashes().illegal()


@way
def wild_jump():
    crashes().wild_jump()


@way
def stack_overflow():
    crashes().overflow(0)


@way
def freed_twice():
    crashes().bad_free()


@way
def trap():
    raw_kill(5)


@way
def killed_by_a_filter():
    crashes().be_killed_by_filter()


@way
def limit_of_processor_time():
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    while True:
        pass


@way
def hard_limit_of_processor_time():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    while True:
        pass


@way
def leaves_at_once():
    os._exit(4)


@way
def leaves_raw():
    crashes().leave_raw(7)


@way
def leaves_raw_in_a_thread():
    threading.Thread(target=crashes().leave_raw, args=(3,)).start()
    time.sleep(30)


@way
def leaves_by_exit_of_c():
    crashes().leave(6)


@way
def leaves_quickly_by_c():
    crashes().leave_quickly(5)


@way
def another_program_takes_its_place():
    os.execv("/bin/sh", ["sh", "-c", "exit 9"])


@way
def another_program_dies_in_its_place():
    os.execv("/bin/sh", ["sh", "-c", "kill -9 $$"])


@way
def killed_after_an_exec_that_failed():
    try:
        os.execv("/nowhere", ["nowhere"])
    except OSError:
        raw_kill(9)


@way
def its_parent_dies():
    """A child dies of its parent-death signal, and the parent of SIGKILL."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        C.prctl(1, 9, 0, 0, 0)
        os.write(writer, b"x")
        time.sleep(30)
    os.read(reader, 1)
    raw_kill(9)


@way
def its_terminal_is_closed():
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.write(1, b"ready\n")
        time.sleep(30)
        os._exit(1)
    os.read(terminal, 5)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGHUP
    raw_kill(9)


@way
def in_a_signal_handler():
    signal.signal(signal.SIGUSR1, lambda *_: raw_kill(9))
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(30)


@way
def while_it_forks():
    def fork():
        while True:
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
    threading.Thread(target=fork, daemon=True).start()
    time.sleep(0.02)
    raw_kill(9)


@way
def while_it_imports():
    with open("dies_here.py", "w") as file:
        file.write("import dying\ndying.raw_kill(9)\n")
    sys.modules["dying"] = sys.modules["__main__"]
    import dies_here


@way
def at_exit():
    import atexit

    # Registered last, so it runs before coverage's own function, when the interpreter is about to end.
    atexit.register(raw_kill, 9)


@way
def while_python_finalises():
    import coverage

    # Coverage's own save at exit is turned off, so that only the journal is left.
    coverage.Coverage.current().save = lambda: None

    sys.last_one = Last()


@way
def while_modules_are_finalised_after_a_save():
    sys.last_one = Last()


@way
def while_threads_run():
    def run():
        while True:
            sum(range(100))
    for _ in range(4):
        threading.Thread(target=run, daemon=True).start()
    time.sleep(0.05)
    raw_kill(9)


@way
def with_no_memory():
    resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
    kept = []
    for _ in range(20):
        try:
            while True:
                kept.append(bytearray(1 << 20))
        except MemoryError:
            pass
    raw_kill(9)


@way
def with_no_more_processes():
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    for _ in range(50):
        try:
            if os.fork() == 0:
                raw_kill(9)
        except OSError:
            pass
    raw_kill(9)


@way
def with_no_descriptors():
    os.closerange(3, 4096)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    raw_kill(9)


@way
def with_uncaught_exception_and_no_save():
    import coverage

    coverage.Coverage.current().save = lambda: None
    sys.excepthook = lambda *_: raw_kill(6)
    raise KeyError


@way
@outside(signal.SIGKILL)
def killed_from_outside():
    wait()


@way
@outside(signal.SIGTERM)
def terminated_from_outside():
    wait()


@way
@outside(signal.SIGHUP)
def hung_up_from_outside():
    wait()


@way
@outside(signal.SIGQUIT)
def quit_from_outside():
    wait()


@way
@outside(signal.SIGKILL)
def killed_while_c_holds_the_lock():
    crashes().spin()


@way
@outside(signal.SIGKILL)
def killed_while_stopped():
    print("ready", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)


@way
@outside(signal.SIGKILL)
def killed_with_all_signals_blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    wait()


if __name__ == "__main__":
    work()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    KINDS[sys.argv[1]]()
