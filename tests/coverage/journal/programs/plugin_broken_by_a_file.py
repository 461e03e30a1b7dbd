# SPDX-License-Identifier: MIT
#: [run]
#: plugins = template_plugin
import finish
import rendered

rendered.render(1)
import failing

failing.render(2)
rendered.render(3)
finish.now()
