# SPDX-License-Identifier: MIT
#: [run]
#: plugins = template_plugin
#: [template_plugin]
#: contexts = true
import finish


def common(n):
    return n + 1


def step_one():
    common(1)


def step_two():
    return common(2)


step_one()
common(0)
step_two()
finish.now()
