# SPDX-License-Identifier: MIT
#: [run]
#: plugins = template_plugin
import finish
import rendered
import shop.prices

rendered.render(1)
shop.prices.gross(2)
rendered.render(2)
finish.now()
