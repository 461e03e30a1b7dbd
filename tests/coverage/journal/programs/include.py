# SPDX-License-Identifier: MIT
#: [run]
#: include =
#:     include.py
#:     shop/*
import finish
import shop.prices
import space.part

shop.prices.gross(1)
space.part.part(2)
finish.now()
