# SPDX-License-Identifier: MIT
import coverage

import finish


def before():
    return 1


def after():
    return 2


before()
coverage.Coverage.current().save()
after()
finish.now()
