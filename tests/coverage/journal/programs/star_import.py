# SPDX-License-Identifier: MIT
from shop.prices import *
from shop.tools.taxes import *

import finish

gross(RATE)
tax(1, 1)
finish.now()
