# SPDX-License-Identifier: MIT
#: [run]
#: source = shop.tools
import finish
import shop.prices

shop.prices.gross(1)
finish.now()
