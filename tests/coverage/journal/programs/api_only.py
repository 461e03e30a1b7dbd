# SPDX-License-Identifier: MIT
# own coverages
import coverage

import finish

coverage.Coverage.current().stop()
first = coverage.Coverage(config_file="rc", data_suffix="first")
first.start()
import shop.prices

shop.prices.gross(2)
first.stop()
second = coverage.Coverage(config_file="rc", data_suffix="second", context="later")
second.start()
shop.prices.gross(3)
try:
    shop.prices.gross(-3)
except ValueError:
    pass
finish.now(finish._started, first, second)
