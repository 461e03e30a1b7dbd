# SPDX-License-Identifier: MIT
"""What sigforward's cells have to be. "{rounds}" stands for how many there were."""

EXPECTED = {
    "SIGKILL to the wrapper: the command gets TERM": "yes",
}
