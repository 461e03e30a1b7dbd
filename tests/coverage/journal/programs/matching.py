# SPDX-License-Identifier: MIT
# at least: 3.10
import finish


def kind(value):
    match value:
        case {"a": 1, **rest}:
            return rest
        case [first, *_] if first > 2:
            return first
        case str() | bytes():
            return "text"
        case _:
            return None


for value in ({"a": 1}, [3, 4], [1], "x", 7):
    kind(value)
finish.now()
