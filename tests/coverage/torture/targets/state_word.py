# SPDX-License-Identifier: MIT
"""tls_grown.py with a newer glibc: state_word.c says in what."""

import os
import sys

FOLDER = sys.argv[2]
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls_grown.py")

os.environ["LD_PRELOAD"] += ":" + os.path.join(FOLDER, "state_word.so")
os.execv(sys.executable, [sys.executable, TARGET, *sys.argv[1:]])
