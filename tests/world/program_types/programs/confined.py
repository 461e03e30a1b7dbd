# SPDX-License-Identifier: MIT
"""Confines itself so that it dies of a system call, says so by making a folder, and stays or leaves:
confined.py FOLDER CALL stay|leave.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import circumstances

circumstances.denied(f"{sys.argv[2]}-kill", every_thread=True)  # ran
os.mkdir(sys.argv[1])  # ran
if sys.argv[3] == "leave":
    os._exit(7)
time.sleep(60)
