# SPDX-License-Identifier: MIT
BEFORE = 1
AFTER = 1 / 0
