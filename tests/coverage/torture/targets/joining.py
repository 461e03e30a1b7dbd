# SPDX-License-Identifier: MIT
import threading

from situation import ready


def prepare():
    thread = threading.Thread(target=threading.Event().wait)
    thread.start()
    return thread


thread = prepare()
ready()
thread.join()
