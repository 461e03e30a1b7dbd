# SPDX-License-Identifier: MIT
import importlib

import finish

names = ["größe", "with space", "with%percent", "with'quote", "q?mark", "bra[ck]et"]
for name in names:
    with open(name + ".py", "w") as file:
        file.write("x = 1\nif x:\n    y = 2\n")
    importlib.import_module(name)
finish.now()
