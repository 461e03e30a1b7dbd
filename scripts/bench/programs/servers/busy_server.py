# SPDX-License-Identifier: MIT
"""Its threads are never idle: a thread that wants the interpreter's lock has to wait."""

import threading
from http.server import HTTPServer

from hello import Hello


def work():
    while True:
        sum(range(100))


server = HTTPServer(("127.0.0.1", 0), Hello)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
work()
