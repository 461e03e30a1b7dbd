# SPDX-License-Identifier: MIT
import sys
import zipfile

import finish

with zipfile.ZipFile("zipped.zip", "w") as archive:
    archive.writestr("inside.py", "x = 1\ndef f():\n    return x\nf()\n")
sys.path.insert(0, "zipped.zip")
import inside

inside.f()
finish.now()
