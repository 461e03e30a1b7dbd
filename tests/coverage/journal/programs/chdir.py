# SPDX-License-Identifier: MIT
import os

import finish

os.mkdir("below")
os.chdir("below")
with open("late.py", "w") as file:
    file.write("x = 1\nif x:\n    y = 2\n")
import sys

sys.path.insert(0, os.getcwd())
import late
import shop.prices

shop.prices.gross(late.x)
finish.now()
