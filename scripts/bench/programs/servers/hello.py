# SPDX-License-Identifier: MIT
from http.server import BaseHTTPRequestHandler


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass
