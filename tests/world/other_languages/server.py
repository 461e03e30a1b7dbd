# SPDX-License-Identifier: MIT
"""Answers each connection until it is killed. Prints its port as the first line."""

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
