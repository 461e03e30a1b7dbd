# SPDX-License-Identifier: MIT
"""tls_grown.py as if with glibc 2.43 or newer; state_word.c says what differs."""

import os
import sys

FOLDER = sys.argv[2]
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls_grown.py")

os.environ["LD_PRELOAD"] += ":" + os.path.join(FOLDER, "state_word.so")
os.execv(sys.executable, [sys.executable, TARGET, *sys.argv[1:]])
