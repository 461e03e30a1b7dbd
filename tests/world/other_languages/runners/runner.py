# SPDX-License-Identifier: MIT
"""usage: runner.py COMMAND...: starts the server, makes a request, and kills it by Popen.kill()."""

import socket
import subprocess
import sys

server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
port = int(server.stdout.readline())
with socket.create_connection(("127.0.0.1", port)) as connection:
    assert connection.recv(16)
server.kill()
print("killed" if server.wait() == -9 else "not killed")
