# SPDX-License-Identifier: MIT
import importlib
import runpy

import finish
import shop.tools.taxes

runpy.run_module("shop.never", run_name="again")
runpy.run_path("shop/tools/taxes.py")
importlib.reload(shop.tools.taxes)
shop.tools.taxes.tax(1, 2)
finish.now()
