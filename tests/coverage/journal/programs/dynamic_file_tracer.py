# SPDX-License-Identifier: MIT
#: [run]
#: plugins = template_plugin
import finish
import rendering

for i in range(3):
    rendering.render("one.html", i)
rendering.render("two.html", 1)
finish.now()
