# SPDX-License-Identifier: MIT
#: [run]
#: source = .
#: omit =
#:     finish.py
#:     shop/tools/*
#:     */never*
import finish
import shop.prices

shop.prices.gross(1)
finish.now()
