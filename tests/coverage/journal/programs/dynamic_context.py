# SPDX-License-Identifier: MIT
#: [run]
#: dynamic_context = test_function
import finish


def common(n):
    if n:
        return 1
    return 2


def test_one():
    common(0)


class TestTwo:
    def test_two(self):
        common(1)
        test_inner()


def test_inner():
    common(1)


test_one()
TestTwo().test_two()
for i in range(40):
    test_one()
test_inner()
common(1)
finish.now()
