# SPDX-License-Identifier: MIT
"""Lets a test and its program find each other, through any number of processes."""

import os
import socket
import sys

HOST = "127.0.0.1"


def meet(port):
    """Called by the program: says that it is ready, and returns the name of the end that it is to take.

    Exits with 1 if the test closes the connection, and so wants no end of the program's own.
    """
    if os.getpgrp() != os.getpid():
        # The program leads a group, so that killpg() hits no other process.
        os.setpgrp()
    with socket.create_connection((HOST, int(port))) as test:
        test.sendall(str(os.getpid()).encode())
        return test.recv(100).decode() or sys.exit(1)


class Meeting:
    """The test's side: waits for one program at `port` (a str), for 30 s at most."""

    def __init__(self):
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(30)
        self._program = None
        self.port = str(self._listener.getsockname()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        if self._program:
            self._program.close()

    def pid(self):
        """The pid of the program, once it is ready."""
        self._program, _ = self._listener.accept()
        return int(self._program.recv(100))

    def tell(self, end):
        """Has the program end by the function of this name. Call pid() before."""
        self._program.sendall(end.encode())
