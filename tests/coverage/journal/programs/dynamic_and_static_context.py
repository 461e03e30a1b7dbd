# SPDX-License-Identifier: MIT
#: [run]
#: context = label
#: dynamic_context = test_function
import finish
import shop.prices


def test_price():
    shop.prices.gross(1)


def test_raise():
    try:
        shop.prices.gross(-1)
    except ValueError:
        pass


test_price()
test_raise()
finish.now()
