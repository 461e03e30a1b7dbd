# SPDX-License-Identifier: MIT
#: [run]
#: relative_files = true
import finish
import shop.prices

shop.prices.gross(1)
finish.now()
