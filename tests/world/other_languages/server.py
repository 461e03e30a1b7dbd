# SPDX-License-Identifier: MIT
"""Answers whoever connects, until it is killed; its first line is its port."""

import socket


def work():
    done = 0
    for amount in range(3):
        done += amount
    return done


with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        with server.accept()[0] as connection:
            connection.sendall(str(work()).encode())
