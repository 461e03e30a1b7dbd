#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Starts sigforward many times, and signals or kills it or its processes at a random moment.

  torture.py SIGFORWARD WITNESS [--rounds N] [--seed N] {early_signal,early_kill,orders,storm} ...

early_signal  a signal in the wrapper's first 3 ms: the wrapper ends as by that signal, and leaves nothing
early_kill    SIGKILL of the wrapper in its first 3 ms: no command survives the grace
orders        wrapper, one of its guards and command killed in every order, with random pauses: no process survives the
              grace and a second, and each process that sigforward kills has had its grace
storm         signals, stops and continuations while the command ends; half of the wrappers are killed in the middle

This process sees when and how each process below it ends, because it is their subreaper.
"""

import argparse
import ctypes
import itertools
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

GRACE = 0.3
SLOW_HANDLER = 0.05  # seconds from a signal to its handler, on a busy machine
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid=None):
    pid = pid or os.getpid()
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    except OSError:
        return ""


def kill(pid, signo):
    try:
        os.kill(pid, signo)
    except ProcessLookupError:
        return False
    return True


class Round:
    """One wrapper, the processes that it starts, what they have written and how they have ended."""

    def __init__(self, sigforward, witness, kind, grace=GRACE):
        self.grace = grace
        self.kind = kind
        self.log, write_end = os.pipe()
        os.set_inheritable(write_end, True)
        self.wrapper = os.posix_spawn(
            sigforward, [sigforward, "--grace", str(grace), "--no-preload", "--", witness, kind, str(write_end)], os.environ)
        self.started = time.monotonic()
        os.close(write_end)
        self.text = ""
        self.killed = set()  # the pids that this process has killed
        self.ended = {}  # pid -> (exit status, negative for a signal; time.monotonic())
        self.last_act = self.started

    def names(self):
        """The witnesses that have said that they run: pid -> kind."""
        return {int(pid): kind for what, pid, kind in self._words() if what == "S"}

    def terms(self):
        """pid -> the times of its SIGTERMs, as seconds of time.monotonic()."""
        times = {}
        for what, pid, when in self._words():
            if what == "T":
                times.setdefault(int(pid), []).append(int(when) / 1e9)
        return times

    def _words(self):
        return [line.split(" ", 2) for line in self.text.splitlines()]

    def read(self, within):
        """Reads what the witnesses write, for `within` seconds at most. False at the end of file: none is left."""
        if not select.select([self.log], [], [], max(within, 0))[0]:
            return True
        piece = os.read(self.log, 65536)
        self.text += piece.decode()
        return piece != b""

    def wait_until_ready(self):
        wanted = {"group": 3, "session": 2}.get(self.kind, 1)
        while len(self.names()) < wanted:
            if not self.read(10):
                raise AssertionError(f"ended while it started: {self.text!r}")

    def guards(self):
        """The pids of the first and the second guard, once both are there; [None] if they are not within 10 s.

        The first guard is this process's child, because this process is the nearest subreaper. The second guard is the
        child of the first. Both may be slower than the command.
        """
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for first in children():
                if name_of(first).startswith("sigfwd-"):
                    for second in children(first):
                        if name_of(second).startswith("sigfwd-"):
                            return [first, second]
        return [None]

    def command(self):
        return next((pid for pid, kind in self.names().items() if kind == self.kind), None)

    def kill(self, pid):
        if pid and kill(pid, signal.SIGKILL):
            self.killed.add(pid)
        self.last_act = time.monotonic()

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.ended[pid] = (os.waitstatus_to_exitcode(status), time.monotonic())

    def settle(self):
        """Waits for the end of all processes, until a second after the grace at most. True if all have ended."""
        deadline = self.last_act + self.grace + 1
        open_log = True
        while time.monotonic() < deadline:
            self.reap()
            if open_log:
                open_log = self.read(0.002)
            elif not children():
                return True
            else:
                time.sleep(0.001)
        self.reap()
        return not children()

    def clean_up(self):
        """Kills and reaps what is left. Returns the pids of the children that were left."""
        left = children()
        for pid in left:
            kill(pid, signal.SIGKILL)
        for pid in left:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass
        while children():
            for pid in children():
                kill(pid, signal.SIGKILL)
            self.reap()
        os.close(self.log)
        return left

    def too_early(self):
        """The witnesses that sigforward has killed before their grace was over, as (kind, status, time of the end)."""
        terms = self.terms()
        return [
            (self.names().get(pid), status, when)
            for pid, (status, when) in self.ended.items()
            if status == -signal.SIGKILL and pid in self.names() and pid not in self.killed
            # Killed without a SIGTERM before, or too soon after the first one. The time is the handler's, which may be
            # later than the sender's.
            and (pid not in terms or when - terms[pid][0] < self.grace - SLOW_HANDLER)
        ]


def check(condition, number, text):
    if not condition:
        raise AssertionError(f"round {number}: {text}")


def pause(most):
    end = time.perf_counter() + random.uniform(0, most)
    while time.perf_counter() < end:
        pass


def early_signal(arguments, number):
    signo = [signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGRTMIN + 1][number % 6]
    read, write = os.pipe()
    os.set_inheritable(write, True)
    command = [arguments.sigforward, "--grace", "inf", "--no-preload", "--", "/bin/sleep", "60"]
    wrapper = os.posix_spawn(arguments.sigforward, command, os.environ)
    os.close(write)
    pause(0.003)
    os.kill(wrapper, signo)
    _, status = os.waitpid(wrapper, 0)  # if the signal was lost, this takes a minute, and the status is 0
    check(os.waitstatus_to_exitcode(status) == -signo, number, f"{signo!r} was lost: {status}")
    check(select.select([read], [], [], 5)[0], number, "something is left")
    os.close(read)
    while children():
        try:
            os.waitpid(-1, 0)  # reaps the guards
        except ChildProcessError:
            break


def early_kill(arguments, number):
    one = Round(arguments.sigforward, arguments.witness, ["plain", "deaf", "group"][number % 3])
    pause(0.003)
    one.kill(one.wrapper)
    settled = one.settle()
    early = one.too_early()
    left = one.clean_up()
    check(settled, number, f"left {left} of {one.text!r}")
    # A command that got SIGTERM before it had handlers has died of SIGTERM, and one that was never executed has said
    # nothing; neither counts as killed.
    check(not early, number, f"killed too early: {early} {one.text!r}")


ORDERS = [order for size in (1, 2, 3) for order in itertools.permutations(("wrapper", "guard", "command"), size)
          if "wrapper" in order]


def orders(arguments, number):
    kind = ["plain", "deaf", "group", "session"][number % 4]
    one = Round(arguments.sigforward, arguments.witness, kind)
    order = ORDERS[number // 4 % len(ORDERS)]
    one.wait_until_ready()
    pids = {"wrapper": one.wrapper, "guard": random.choice(one.guards()), "command": one.command()}
    check(all(pids.values()), number, f"not all there: {pids}")
    pause(0.003)
    for name in order:
        one.kill(pids[name])
        pause(0.002)
    settled = one.settle()
    early = one.too_early()
    left = one.clean_up()
    check(settled, number, f"{order}: left {left} of {one.text!r}")
    check(not early, number, f"{order}: killed too early: {early} {one.text!r}")


def storm(arguments, number):
    kind = ["plain", "deaf", "group", "session"][number % 4]
    one = Round(arguments.sigforward, arguments.witness, kind)
    one.wait_until_ready()
    kill(one.wrapper, signal.SIGTERM)
    for _ in range(random.randrange(40)):
        kill(one.wrapper, random.choice([signal.SIGTERM, signal.SIGCONT, signal.SIGWINCH, signal.SIGINT]))
        command = one.command()
        if kind == "deaf" and random.random() < 0.2:
            kill(command, random.choice([signal.SIGSTOP, signal.SIGCONT]))
        pause(0.001)
    if number % 2:
        one.kill(one.wrapper)
    one.last_act = time.monotonic()
    settled = one.settle()
    left = one.clean_up()
    check(settled, number, f"{kind}: left {left} of {one.text!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sigforward")
    parser.add_argument("witness")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("kinds", nargs="+", choices=["early_signal", "early_kill", "orders", "storm"])
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    random.seed(seed)
    # The wrapper would inherit signals that are ignored here (by nohup, in a shell's background job).
    for signo in (signal.SIGINT, signal.SIGHUP):
        signal.signal(signo, signal.SIG_DFL)
    adopt_orphans()
    for kind in arguments.kinds:
        for number in range(arguments.rounds):
            globals()[kind](arguments, number)
        print(f"{kind}: {arguments.rounds} rounds, nothing lost, nobody left, nobody killed early", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
