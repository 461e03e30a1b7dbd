# SPDX-License-Identifier: MIT
#: [run]
#: context = nightly
import finish


def f():
    return 1


f()
finish.now()
