# SPDX-License-Identifier: MIT
#: [run]
#: plugins = template_plugin
#: source = .
import finish
import rendered

rendered.render(1)
finish.now()
