# SPDX-License-Identifier: MIT
import os

if __name__ == "__main__":
    print("script", os.path.basename(__file__))
else:
    VALUE = 1
