# SPDX-License-Identifier: MIT
"""The ways in which a program ends. Each is a function end(meeting), which waits for the program and then ends it.

An end by the program itself has the same name as the function in program.py that does it.
"""

import os
import signal
import subprocess

ENDS = {}


def titled(title):
    def keep(end):
        end.title = title
        ENDS[end.__name__] = end
        return end

    return keep


@titled("`kill()`")
def kill(meeting):
    os.kill(meeting.pid(), signal.SIGKILL)


@titled("`terminate()`")
def terminate(meeting):
    os.kill(meeting.pid(), signal.SIGTERM)


@titled("SIGINT")
def interrupt(meeting):
    os.kill(meeting.pid(), signal.SIGINT)


@titled("SIGHUP")
def hang_up(meeting):
    os.kill(meeting.pid(), signal.SIGHUP)


@titled("SIGUSR1")
def user_signal(meeting):
    os.kill(meeting.pid(), signal.SIGUSR1)


@titled("`killpg()`")
def kill_group(meeting):
    os.killpg(meeting.pid(), signal.SIGKILL)


@titled("pidfd")
def pidfd(meeting):
    file = os.pidfd_open(meeting.pid())
    signal.pidfd_send_signal(file, signal.SIGKILL)
    os.close(file)


@titled("`kill -9`")
def kill_command(meeting):
    subprocess.run(["sh", "-c", f"kill -9 {meeting.pid()}"], check=True)


def told(name, title):
    def end(meeting):
        meeting.pid()
        meeting.tell(name)

    end.__name__ = name
    titled(title)(end)


told("returns", "returns")
told("sys_exit", "`sys.exit()`")
told("raises", "raises")
told("os_exit", "`os._exit()`")
told("execs", "`os.execv()`")
