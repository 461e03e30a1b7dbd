# SPDX-License-Identifier: MIT
import coverage

import finish

cov = coverage.Coverage.current()


def measured():
    return 1


def unmeasured():
    return 2


measured()
cov.stop()
unmeasured()
cov.start()
for i in range(2):
    measured()
cov.stop()
unmeasured()
cov.start()
x = 1
finish.now(cov)
