# SPDX-License-Identifier: MIT
"""A signal that is blocked stays pending: if it does not end its target without covenv, it does not with covenv."""

import textwrap

import pytest

LONG = {"COVENV_GRACE": "300s"}

SERVER = """
    import signal
    from job import work

    def wait():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        work()
        print("ready", flush=True)
        number = TAKE
        print(number, flush=True)
        return number

    raise SystemExit(wait())
"""

TAKES = {
    # During a sigwait() the mask in /proc lacks the signals that are waited for.
    "sigwait": "signal.sigwait({signal.SIGTERM})",
    "sigwaitinfo": "signal.sigwaitinfo({signal.SIGTERM}).si_signo",
    "sigtimedwait": "signal.sigtimedwait({signal.SIGTERM}, 300).si_signo",
}


def write_suite(project, take, is_masked):
    project.write("patient.py", SERVER.replace("TAKE", take))
    project.write("test_it.py", f"""
        import signal
        from helpers import start

        def blocks_sigterm(pid):
            with open(f"/proc/{{pid}}/status") as status:
                mask = next(line.split()[1] for line in status if line.startswith("SigBlk:"))
            return bool(int(mask, 16) >> signal.SIGTERM - 1 & 1)

        def test_it():
            process = start("patient.py")
            while blocks_sigterm(process.pid) != {is_masked}:
                pass
            process.terminate()
            assert process.stdout.readline() == b"15\\n"
            assert process.wait() == 15
    """)


@pytest.mark.parametrize("take", TAKES.values(), ids=TAKES)
def test_waited_for(small, take):
    write_suite(small, take, is_masked=False)
    assert small.pytest(env=LONG).kept("patient.py", "wait")


def test_blocked(small):
    take = "next(number for number in iter(lambda: sum(signal.sigpending()), None) if number)"
    write_suite(small, take, is_masked=True)
    assert small.pytest(env=LONG).kept("patient.py", "wait")


# If the killer may not read /proc, the target decides; then the signal comes when the grace is over.
def test_waited_for_out_of_sight(small):
    write_suite(small, TAKES["sigwait"], is_masked=False)
    small.write("patient.py", "import ctypes\nctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE\n" + textwrap.dedent(
        SERVER.replace("TAKE", TAKES["sigwait"])))
    without_ptrace = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    report = small.pytest(through=without_ptrace, env={"COVENV_GRACE": "300ms"})
    assert report.kept("patient.py", "wait")


def test_blocked_and_let_through(small):
    small.write("patient.py", """
        import os, signal
        from job import work

        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        work()
        print("ready", flush=True)
        os.read(0, 1)
        print("alive", flush=True)
        os.read(0, 1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        while True:
            signal.pause()
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("patient.py", bufsize=0)
            process.terminate()
            process.stdin.write(b".")
            assert process.stdout.readline() == b"alive\\n"
            process.stdin.write(b".")
            assert process.wait() == -15
    """)
    small.pytest(env=LONG)


# Each case with a target that is asked to save, and with a target that has a journal.
HOW = [pytest.param(how, marks=getattr(pytest.mark, how)) for how in ("asked", "journal")]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("block, stay", [
    ("set()", "signal.sigwait({signal.SIGUSR1})"),
    ("{signal.SIGUSR1}", "signal.sigwait({signal.SIGUSR1})"),
    ("{signal.SIGTERM}", "input()"),
], ids=["waits for another", "blocks and waits for another", "blocked in the main thread alone"])
def test_what_ends_the_process_all_the_same(small, block, stay, how):
    small.write("patient.py", f"""
        import signal, threading
        from job import work

        work()
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        signal.pthread_sigmask(signal.SIG_BLOCK, {block})
        print("ready", flush=True)
        {stay}
        print("ran on", flush=True)
    """)
    small.write("test_it.py", """
        from helpers import start

        def test_it():
            process = start("patient.py")
            process.terminate()
            assert process.wait() == -15
            assert process.stdout.read() == b""
    """)
    assert small.pytest(env=LONG).kept("job.py")
