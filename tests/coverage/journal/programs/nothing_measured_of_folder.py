# SPDX-License-Identifier: MIT
#: [run]
#: source = shop
import finish

x = 1
finish.now()
