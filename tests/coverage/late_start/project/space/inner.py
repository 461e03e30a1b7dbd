# SPDX-License-Identifier: MIT
def here():
    place = __name__
    return place
