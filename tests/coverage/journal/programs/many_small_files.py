# SPDX-License-Identifier: MIT
import importlib
import os
import sys

import finish

os.mkdir("many")
sys.path.insert(0, "many")
for i in range(150):
    with open("many/m%d.py" % i, "w") as file:
        file.write("\n" * i + "x = 1\ndef f():\n    return x\n")
modules = [importlib.import_module("m%d" % i) for i in range(150)]
for module in modules[::2]:
    module.f()
finish.now()
