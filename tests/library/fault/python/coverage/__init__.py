# SPDX-License-Identifier: MIT
"""A stand-in for coverage that has all names that covenv uses, loads quickly, and prints when it saves."""

import os

__version__ = "0"


class Coverage:
    _instances = []
    _started = True

    @classmethod
    def current(cls):
        return cls._instances[-1] if cls._instances else None

    def start(self):
        self._instances.append(self)

    def save(self):
        os.write(1, b"may be saved\n")
