# SPDX-License-Identifier: MIT
import finish


class Base:
    count = 0

    def __init__(self):
        self.count += 1

    @property
    def value(self):
        return self.count

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def nothing():
        pass


class Derived(Base):
    def __init__(self):
        super().__init__()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        return False


Derived.make().value
with Derived() as d:
    d.nothing()
Meta = type("Meta", (Derived,), {"x": 1})
Meta()
finish.now()
