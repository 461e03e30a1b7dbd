# SPDX-License-Identifier: MIT
import finish
import shop
import shop.tools

finish.now()
