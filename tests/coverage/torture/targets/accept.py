# SPDX-License-Identifier: MIT
import socket

from situation import ready


def prepare():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


server = prepare()
ready()
server.accept()
