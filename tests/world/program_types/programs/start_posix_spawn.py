# SPDX-License-Identifier: MIT
import os
import sys

child = os.posix_spawn(sys.argv[1], sys.argv[1:], {"OTHER": "1"})
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
