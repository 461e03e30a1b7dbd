# SPDX-License-Identifier: MIT
import shared_memory

collect_ignore = ["project"]


def pytest_configure():
    # `covenv salvage`, which other tests run meanwhile, takes every journal of this user.
    shared_memory.make_own()
