# SPDX-License-Identifier: MIT
#: [run]
#: relative_files = true
#: source = shop
import finish
import shop.prices

shop.prices.gross(1)
finish.now()
