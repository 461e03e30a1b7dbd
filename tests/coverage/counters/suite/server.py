# SPDX-License-Identifier: MIT
"""The server in Python: works when it is told to, until it is killed."""

import sys

from work import work

print("ready", flush=True)
for line in sys.stdin:
    print(work(int(line)), flush=True)
