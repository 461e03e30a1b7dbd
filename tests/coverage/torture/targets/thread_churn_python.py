# SPDX-License-Identifier: MIT
import threading

from situation import ready


def start():
    threads = [threading.Thread(target=len, args=("",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def prepare():
    start()


prepare()
ready()
while True:
    start()
