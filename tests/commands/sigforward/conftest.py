# SPDX-License-Identifier: MIT
import contextlib

import pytest
import shells
from wrapped import Wrapped


@pytest.fixture
def wrap(sigforward):
    with contextlib.ExitStack() as stack:

        def start(*arguments, **popen):
            wrapped = Wrapped(sigforward, *arguments, **popen)
            stack.callback(wrapped.close)
            return wrapped

        yield start


@pytest.fixture
def start_shell():
    with contextlib.ExitStack() as stack:

        def start(*arguments, **environment):
            shell = shells.start(*arguments, **environment)
            stack.callback(shell.close, force=True)
            return shell

        yield start
