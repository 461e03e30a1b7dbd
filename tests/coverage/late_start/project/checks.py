# SPDX-License-Identifier: MIT
import single


def test_once():
    assert single.once() == 1
