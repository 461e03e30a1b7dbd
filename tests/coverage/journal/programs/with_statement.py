# SPDX-License-Identifier: MIT
import contextlib
import io

import finish


@contextlib.contextmanager
def opened(fail):
    try:
        yield 1
    except OSError:
        pass
    finally:
        fail = not fail


with opened(True), opened(False) as b:
    raise OSError
with contextlib.suppress(ValueError):
    raise ValueError
with io.StringIO() as file:
    file.write("x")


def leaves():
    with opened(b):
        return 1


leaves()
finish.now()
