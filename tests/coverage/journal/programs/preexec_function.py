# SPDX-License-Identifier: MIT
import subprocess

import finish


def before_exec():
    x = 1
    return x


subprocess.check_call(["true"], close_fds=False)
subprocess.check_call(["true"], preexec_fn=finish.then_save(before_exec))
finish.now()
