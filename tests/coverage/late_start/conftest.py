# SPDX-License-Identifier: MIT
import pytest
import shared_memory
from late_place import Place

collect_ignore = ["project"]


def pytest_configure():
    # A /dev/shm of our own, because other tests run `covenv salvage` meanwhile, which takes every journal of this user.
    shared_memory.make_own()


@pytest.fixture
def place(tmp_path, libcovenv):
    return Place(tmp_path / "place", libcovenv)
