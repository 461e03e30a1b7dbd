# SPDX-License-Identifier: MIT
#: [run]
#: source = .
import os

import finish
import space.part

os.mkdir("elsewhere")
os.chdir("elsewhere")
space.part.part(2)
finish.now()
