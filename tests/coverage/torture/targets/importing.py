# SPDX-License-Identifier: MIT
import importlib
import sys

from situation import ready

NAMES = ("decimal", "http.client", "email.parser", "xml.dom.minidom", "unittest.mock", "ctypes", "csv", "bz2", "lzma")


def import_afresh():
    before = set(sys.modules)
    for name in NAMES:
        importlib.import_module(name)
    for name in set(sys.modules) - before:
        del sys.modules[name]


def prepare():
    import_afresh()


prepare()
ready()
while True:
    import_afresh()
