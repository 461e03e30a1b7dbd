# SPDX-License-Identifier: MIT
import contextlib

import pytest
from wrapped import Wrapped


@pytest.fixture
def wrap(sigforward):
    with contextlib.ExitStack() as stack:

        def start(*arguments, **popen):
            wrapped = Wrapped(sigforward, *arguments, **popen)
            stack.callback(wrapped.close)
            return wrapped

        yield start
