# SPDX-License-Identifier: MIT
from http.server import HTTPServer

from hello import Hello

server = HTTPServer(("127.0.0.1", 0), Hello)
print(server.server_port, flush=True)
server.serve_forever()
