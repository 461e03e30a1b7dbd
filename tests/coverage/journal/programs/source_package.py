# SPDX-License-Identifier: MIT
#: [run]
#: source_pkgs = shop
import finish
import shop.prices

shop.prices.gross(1)
finish.now()
