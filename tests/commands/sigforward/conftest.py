# SPDX-License-Identifier: MIT
import contextlib

import pytest
import shells
from wrapped import Wrapped


@pytest.fixture
def wrap(sigforward):
    """A function that starts sigforward with its arguments, and returns the Wrapped. All are closed after the test."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, **popen):
            wrapped = Wrapped(sigforward, *arguments, **popen)
            stack.callback(wrapped.close)
            return wrapped

        yield start


@pytest.fixture
def start_shell():
    """shells.start(), whose shells are closed after the test."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, **environment):
            shell = shells.start(*arguments, **environment)
            stack.callback(shell.close, force=True)
            return shell

        yield start
