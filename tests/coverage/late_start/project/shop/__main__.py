# SPDX-License-Identifier: MIT
from shop import till

print(till.count(2))
