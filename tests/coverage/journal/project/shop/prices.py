# SPDX-License-Identifier: MIT
from . import tools
from .tools import taxes

__all__ = ["gross", "RATE"]
RATE = 19


def gross(net):
    if net < 0:
        raise ValueError(net)
    return net + taxes.tax(net, RATE)


def unused():
    return tools
