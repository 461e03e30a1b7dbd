# SPDX-License-Identifier: MIT
"""Says hello over HTTP."""

import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Hello(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())


def main(port=0):
    with ThreadingHTTPServer(("127.0.0.1", int(port)), Hello) as server:
        print(f"Serving at http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
