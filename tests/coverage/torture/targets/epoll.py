# SPDX-License-Identifier: MIT
import os
import select

from situation import ready


def prepare():
    poll = select.epoll()
    poll.register(os.pipe()[0], select.EPOLLIN)
    return poll


poll = prepare()
ready()
poll.poll()
