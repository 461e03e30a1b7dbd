# SPDX-License-Identifier: MIT
#: [paths]
#: code =
#:     mapped/
#:     */shop
import finish
import shop.prices

shop.prices.gross(1)
finish.now()
