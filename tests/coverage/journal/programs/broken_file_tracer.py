# SPDX-License-Identifier: MIT
#: [run]
#: plugins = template_plugin
import breaking
import finish
import rendered

rendered.render(1)
for i in range(4):
    breaking.render(i)
rendered.render(2)
finish.now()
