# SPDX-License-Identifier: MIT
import finish
import shop.prices
from shop.tools import taxes

shop.prices.gross(3)
try:
    shop.prices.gross(-1)
except ValueError:
    taxes.tax(1, 2)
finish.now()
