# SPDX-License-Identifier: MIT
# own coverages
import coverage

import finish
import shop.prices


def f(n):
    if n:
        return 1
    return 2


outer = coverage.Coverage.current()
outer.stop()
f(0)
inner = coverage.Coverage(config_file="rc", data_suffix=True, omit=["shop/*"])
inner.start()
f(1)
shop.prices.gross(1)
inner.stop()
outer.start()
f(0)
finish.now(outer, inner)
